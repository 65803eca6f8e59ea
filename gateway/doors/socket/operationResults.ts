import type { OperationAnswer, SingleAnswer, StreamAnswer } from '../../answerOperation.ts';
import { OperationError } from '../../subscriptions/maskedResults.ts';
import { textOf } from '../http/answerText.ts';

type Results = ReturnType<StreamAnswer['open']>;

export interface ResultsSettings {
  answer(signal: AbortSignal): Promise<OperationAnswer>;
  /** Writes one result, as JSON in UTF-8; resolves when there may be another one. */
  write(result: Buffer): Promise<void>;
}

/**
 * One operation as graphql-ws takes it. It writes its results itself, since graphql-ws would make each subscriber's text anew, and leaves the end to
 * graphql-ws: it yields nothing, ends when there are no more results, and has a `return` for a client that has had enough of them. Rejects
 * with an OperationError where the protocol has a message `error`.
 */
export class OperationResults implements AsyncIterableIterator<never, undefined> {
  readonly #settings: ResultsSettings;
  readonly #left = new AbortController();
  #stream: Results | undefined;

  constructor(settings: ResultsSettings) {
    this.#settings = settings;
  }

  async next(): Promise<IteratorResult<never, undefined>> {
    const { answer: ask, write } = this.#settings;
    const answer = await ask(this.#left.signal);
    if (this.#left.signal.aborted) return end;
    if (answer.kind === 'single') await write(Buffer.from(resultOf(answer)));
    else {
      this.#stream = answer.open();
      for (;;) {
        const { done, value } = await this.#stream.next();
        if (done) break;
        await write(value.bytes);
      }
    }
    return end;
  }

  async return(): Promise<IteratorResult<never, undefined>> {
    this.#left.abort();
    await this.#stream?.return!();
    return end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const end = { done: true, value: undefined } as const;

function resultOf(answer: SingleAnswer): string {
  if (answer.stage !== 'executed') throw new OperationError(answer.errors ?? []);
  return textOf(answer);
}
