import type { Entry } from './timelineStore.ts';

type Read = (userId: string, after: string) => Promise<Entry[]>;

/** The alerts of one reader for one listener. Hand-written, because a native generator that waits does not hear `return` before its next event. */
export class AlertStream implements AsyncIterableIterator<Entry, undefined> {
  readonly userId: string;
  readonly #read: Read;
  readonly #left: (stream: AlertStream) => void;
  #ready: Entry[] = [];
  #seen: string;
  /** There may be something that was not read yet. */
  #hasNews = true;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(userId: string, after: string, read: Read, left: (stream: AlertStream) => void) {
    this.userId = userId;
    this.#seen = after;
    this.#read = read;
    this.#left = left;
  }

  wake(): void {
    this.#hasNews = true;
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<Entry, undefined>> {
    while (!this.#ended) {
      const value = this.#ready.shift();
      if (value) {
        this.#seen = value.seq;
        return { value, done: false };
      }
      if (this.#hasNews) {
        this.#hasNews = false;
        this.#ready = await this.#read(this.userId, this.#seen);
        // Where there is something there may be more.
        if (this.#ready.length > 0) this.#hasNews = true;
      } else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<Entry, undefined>> {
    this.#ended = true;
    this.#left(this);
    this.#wake?.();
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<IteratorResult<Entry, undefined>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
