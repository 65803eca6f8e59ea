/**
 * Values of one writer for one reader, at most `limit` waiting. Items may still be promises: they are read in the order they were pushed.
 * Written by hand because `return` must end the source at once; an async generator would wait for the next value first.
 */
export class Queue<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #waiting: Promise<Item>[] = [];
  readonly #limit: number;
  #left: (() => void) | undefined;
  #reader: PromiseWithResolvers<IteratorResult<Item, undefined>> | undefined;
  #end: { error?: unknown } | undefined;

  /** `left` is called once, when the queue has ended for whatever reason. */
  constructor(limit: number, left: () => void) {
    this.#limit = limit;
    this.#left = left;
  }

  /** False when the reader is too far behind; the item is then not taken. After the end, items are dropped. */
  push(item: Item | Promise<Item>): boolean {
    if (this.#end) return true;
    if (this.#waiting.length >= this.#limit) return false;
    const promise = Promise.resolve(item);
    promise.catch(() => {}); // it is the reader's to meet
    this.#waiting.push(promise);
    this.#serve();
    return true;
  }

  /** No more items; the reader gets those that wait, then the end or the error. */
  end(...[error]: [error?: unknown]): void {
    if (this.#end) return;
    this.#end = error === undefined ? {} : { error };
    this.#leave();
    this.#serve();
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    this.#reader ??= Promise.withResolvers();
    const { promise } = this.#reader;
    this.#serve();
    return promise;
  }

  /** The reader leaves: what waits is dropped. */
  return(): Promise<IteratorResult<Item, undefined>> {
    this.#waiting.length = 0;
    this.#end = {};
    this.#leave();
    this.#serve();
    return Promise.resolve({ value: undefined, done: true });
  }

  async throw(error: unknown): Promise<IteratorResult<Item, undefined>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #leave(): void {
    const left = this.#left;
    this.#left = undefined;
    left?.();
  }

  #serve(): void {
    const reader = this.#reader;
    if (!reader) return;
    const item = this.#waiting.shift();
    if (!item && !this.#end) return;
    this.#reader = undefined;
    if (item) item.then((value) => reader.resolve({ value, done: false }), reader.reject);
    else if (this.#end && 'error' in this.#end) {
      reader.reject(this.#end.error);
      this.#end = {};
    } else reader.resolve({ value: undefined, done: true });
  }
}
