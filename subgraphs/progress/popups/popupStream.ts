import { failpoint } from '../../../shared/process/failpoint.ts';
import { carryTrace } from '../../../shared/process/tracing.ts';
import type { Completion } from '../completions/completionStore.ts';

/** The popups of one player for one listener. Hand-written, because a native generator that waits does not hear `return` before its next event. */
export class PopupStream implements AsyncIterableIterator<Completion, undefined> {
  readonly userId: string;
  readonly #read: (userId: string, after: string) => Promise<{ popups: Completion[]; isAll: boolean }>;
  readonly #left: (stream: PopupStream) => void;
  #ready: Completion[] = [];
  #seen: string;
  /** There may be something that was not read yet. */
  #hasNews = true;
  #ended = false;
  #trace: string | undefined;
  #wake: (() => void) | undefined;

  constructor(
    userId: string,
    after: string,
    read: (userId: string, after: string) => Promise<{ popups: Completion[]; isAll: boolean }>,
    left: (stream: PopupStream) => void,
  ) {
    this.userId = userId;
    this.#seen = after;
    this.#read = read;
    this.#left = left;
  }

  /** The player has something new, up to this place in the list and of this trace when that is known. */
  wake(seq?: string, trace?: string): void {
    if (seq !== undefined && BigInt(seq) <= BigInt(this.#seen)) return;
    this.#trace = trace;
    this.#hasNews = true;
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<Completion, undefined>> {
    while (!this.#ended) {
      const value = this.#ready.shift();
      if (value) {
        failpoint('popup.betweenSockets');
        this.#seen = value.position;
        carryTrace(value, this.#trace);
        return { value, done: false };
      }
      if (this.#hasNews) {
        this.#hasNews = false;
        const { popups, isAll } = await this.#read(this.userId, this.#seen);
        this.#ready = popups;
        if (!isAll) this.#hasNews = true;
      } else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<Completion, undefined>> {
    this.#ended = true;
    this.#left(this);
    this.#wake?.();
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<IteratorResult<Completion, undefined>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
