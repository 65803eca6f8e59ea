import { Refusal } from '../../../shared/errors.ts';
import { type EventFilter, isAskedFor } from './eventFilter.rules.ts';
import type { RecordedEvent } from './eventStore.ts';

/** So many events wait for one reader; one who is further behind is sent away, with a word. */
const mostWaiting = 1000;

/** What one operator follows. Hand-written, because a native generator that waits does not hear `return` before its next event. */
export class EventStream implements AsyncIterableIterator<RecordedEvent, undefined> {
  readonly #filter: EventFilter;
  readonly #left: (stream: EventStream) => void;
  #waiting: RecordedEvent[] = [];
  #end: { error?: Error } | undefined;
  #wake = () => {};

  constructor(filter: EventFilter, left: (stream: EventStream) => void) {
    this.#filter = filter;
    this.#left = left;
  }

  push(event: RecordedEvent): void {
    if (this.#end || !isAskedFor(this.#filter, event)) return;
    if (this.#waiting.length < mostWaiting) this.#waiting.push(event);
    else this.#finish({ error: tooFast() });
    this.#wake();
  }

  async next(): Promise<IteratorResult<RecordedEvent, undefined>> {
    for (;;) {
      const value = this.#waiting.shift();
      if (value) return { value, done: false };
      if (this.#end?.error) {
        const { error } = this.#end;
        this.#end = {};
        throw error;
      }
      if (this.#end) return { value: undefined, done: true };
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async return(): Promise<IteratorResult<RecordedEvent, undefined>> {
    this.#waiting = [];
    this.#finish({});
    this.#wake();
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<IteratorResult<RecordedEvent, undefined>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(end: { error?: Error }): void {
    this.#end = end;
    this.#left(this);
  }
}

const tooFast = () =>
  new Refusal(
    'SUBSCRIPTION_SLOW_CONSUMER',
    'More events come than can be read. Subscribe again with a narrower filter.',
  );
