import type { GraphQLFormattedError } from 'graphql';
import { beginSpan, carriedTrace } from '../../shared/process/tracing.ts';
import { type Report, asGraphQLError } from '../errorReport.ts';
import type { Groups } from './groups/groups.ts';
import { type StreamResult, streamResultOf } from './streamResult.ts';

/** Why there is no result, or no further one. The errors are masked. */
export class OperationError extends Error {
  readonly errors: readonly GraphQLFormattedError[];
  constructor(errors: readonly GraphQLFormattedError[]) {
    super(errors[0]?.message);
    this.errors = errors;
  }
}

/** The results of a subscription as clients may read them. Written by hand because `return` must end the subscription at once. */
export class MaskedResults implements AsyncIterableIterator<StreamResult, undefined> {
  readonly #results: ReturnType<Groups['subscribe']>;
  readonly #report: Report;

  constructor(results: ReturnType<Groups['subscribe']>, report: Report) {
    this.#results = results;
    this.#report = report;
  }

  async next(): Promise<IteratorResult<StreamResult, undefined>> {
    try {
      const { done, value } = await this.#results.next();
      if (done) return { done, value: undefined };
      const trace = carriedTrace(value);
      if (trace !== undefined) beginSpan('frame', { kind: 'producer', from: { traceparent: trace } }).end();
      return { done: false, value: streamResultOf(value, this.#report) };
    } catch (error) {
      throw new OperationError(this.#report([asGraphQLError(error)]));
    }
  }

  async return(): Promise<IteratorResult<StreamResult, undefined>> {
    await this.#results.return!();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
