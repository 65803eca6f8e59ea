/** How much may wait for one reader: so many items, and of those that can be weighed so many bytes as JSON, read at least so often. */
export interface QueueLimits {
  items: number;
  bytes?: number;
  stallMs?: number;
}

/**
 * Values of one writer for one reader, a bounded number of them waiting. Items may still be promises: they are read in the order they were pushed.
 * Written by hand because `return` must end the source at once; an async generator would wait for the next value first.
 */
export class Queue<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #waiting: Waiting<Item>[] = [];
  readonly #limits: QueueLimits;
  #left: (() => void) | undefined;
  #reader: PromiseWithResolvers<IteratorResult<Item, undefined>> | undefined;
  #end: { error?: unknown } | undefined;
  /** Of those waiting items that are ready. */
  #bytes = 0;
  #readAt = 0;
  /** The read that has its item, which is not ready yet. */
  #unready: PromiseWithResolvers<IteratorResult<Item, undefined>> | undefined;
  #isLeft = false;

  /** `left` is called once, when the queue has ended for whatever reason. */
  constructor(limits: QueueLimits | number, left: () => void) {
    this.#limits = typeof limits === 'number' ? { items: limits } : limits;
    this.#left = left;
  }

  get depth(): number {
    return this.#waiting.length;
  }

  /** Nobody will read any more. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  /** False when the reader is too far behind; the item is then not taken. After the end, items are dropped, and so they are after one that rejects. */
  push(item: Item | Promise<Item>): boolean {
    if (this.#end) return true;
    if (this.#isFull()) return false;
    const promise = Promise.resolve(item);
    promise.catch(() => {}); // it is the reader's to meet
    if (this.#waiting.length === 0) this.#readAt = performance.now();
    const waiting = { promise, bytes: 0 };
    this.#waiting.push(waiting);
    this.#serve();
    if (this.#limits.bytes && this.#waiting.length > 0) this.#weigh(waiting);
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
    this.#drop();
    this.#unready?.resolve({ value: undefined, done: true });
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

  #isFull(): boolean {
    const { items, bytes = Infinity, stallMs = Infinity } = this.#limits;
    if (this.#waiting.length === 0) return false;
    return this.#waiting.length >= items || this.#bytes > bytes || performance.now() - this.#readAt > stallMs;
  }

  #weigh(waiting: Waiting<Item>): void {
    waiting.promise.then(
      (item) => {
        if (waiting.bytes < 0) return; // read already
        waiting.bytes = bytesOf(item);
        this.#bytes += waiting.bytes;
      },
      () => {},
    );
  }

  #drop(): void {
    this.#waiting.length = 0;
    this.#isLeft = true;
    this.#end = {};
    this.#leave();
  }

  #leave(): void {
    const left = this.#left;
    this.#left = undefined;
    left?.();
  }

  #serve(): void {
    const reader = this.#reader;
    if (!reader) return;
    const first = this.#waiting.shift();
    if (!first && !this.#end) return;
    this.#reader = undefined;
    if (first) {
      this.#readAt = performance.now();
      this.#bytes -= first.bytes;
      first.bytes = -1;
      this.#unready = reader;
      first.promise.then(
        (value) => reader.resolve({ value, done: false }),
        (error: unknown) => (this.#drop(), reader.reject(error)),
      );
    } else if (this.#end && 'error' in this.#end) {
      reader.reject(this.#end.error);
      this.#end = {};
    } else reader.resolve({ value: undefined, done: true });
  }
}

interface Waiting<Item> {
  promise: Promise<Item>;
  /** As far as it is known; negative: it is read. */
  bytes: number;
}

/** One event waits in the queues of everyone who shares it, and is weighed once. */
const weights = new WeakMap<object, number>();

function bytesOf(item: unknown): number {
  if (typeof item !== 'object' || item === null) return 0;
  const known = weights.get(item);
  if (known !== undefined) return known;
  const bytes = JSON.stringify(item).length;
  weights.set(item, bytes);
  return bytes;
}
