import type { FormattedExecutionResult } from 'graphql';
import type { OperationAnswer, SingleAnswer, StreamAnswer } from '../answerOperation.ts';
import { parseExact } from '../execution/answer/exactJson.ts';
import { OperationError } from '../subscriptions/maskedResults.ts';

type Results = ReturnType<StreamAnswer['open']>;

/**
 * One operation as graphql-ws takes it: any number of results, the one of a query or a mutation included, and `return` when the client has had
 * enough of them. Rejects with an OperationError where the protocol has a message `error`.
 */
export class OperationResults implements AsyncIterableIterator<FormattedExecutionResult, undefined> {
  readonly #answer: (signal: AbortSignal) => Promise<OperationAnswer>;
  readonly #left = new AbortController();
  #stream: Results | undefined;
  #isAnswered = false;

  constructor(answer: (signal: AbortSignal) => Promise<OperationAnswer>) {
    this.#answer = answer;
  }

  async next(): Promise<IteratorResult<FormattedExecutionResult, undefined>> {
    if (this.#stream) return this.#stream.next();
    if (this.#isAnswered) return end;
    this.#isAnswered = true;
    const answer = await this.#answer(this.#left.signal);
    if (this.#left.signal.aborted) return end;
    if (answer.kind === 'single') return { done: false, value: resultOf(answer) };
    this.#stream = answer.open();
    return this.#stream.next();
  }

  async return(): Promise<IteratorResult<FormattedExecutionResult, undefined>> {
    this.#left.abort();
    await this.#stream?.return!();
    return end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const end = { done: true, value: undefined } as const;

function resultOf({ stage, data, errors }: SingleAnswer): FormattedExecutionResult {
  if (stage !== 'executed') throw new OperationError(errors ?? []);
  return { ...(errors && { errors }), data: parseExact(data!) as Record<string, unknown> | null };
}
