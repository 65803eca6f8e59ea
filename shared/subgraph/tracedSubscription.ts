import { type ExecutionArgs, type ExecutionResult, createSourceEventStream, execute } from 'graphql';
import { carriedTrace } from '../process/tracing.ts';

type Result = ExecutionResult | AsyncIterableIterator<ExecutionResult>;

/** As `subscribe` of graphql-js, and each result says in its extensions in which trace its event stands. */
export async function subscribeTraced(args: ExecutionArgs): Promise<Result> {
  const source = await createSourceEventStream(args);
  return Symbol.asyncIterator in source ? new TracedResults(source[Symbol.asyncIterator](), args) : source;
}

/** Written by hand because a native generator hears `return` only at its next event. */
class TracedResults implements AsyncIterableIterator<ExecutionResult> {
  readonly #source: AsyncIterator<unknown>;
  readonly #args: ExecutionArgs;

  constructor(source: AsyncIterator<unknown>, args: ExecutionArgs) {
    this.#source = source;
    this.#args = args;
  }

  async next(): Promise<IteratorResult<ExecutionResult>> {
    const { done, value } = await this.#source.next();
    if (done) return { done, value: undefined };
    const result = await execute({ ...this.#args, rootValue: value });
    const traceparent = typeof value === 'object' && value !== null ? carriedTrace(value) : undefined;
    if (traceparent === undefined) return { done: false, value: result };
    return { done: false, value: { ...result, extensions: { ...result.extensions, traceparent } } };
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<ExecutionResult>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
