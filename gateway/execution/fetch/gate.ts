import { Abandoned } from './post.ts';

/** There are more requests for a subgraph than it gets. */
export class Overfull extends Error {}

/** The time for a whole answer was over before the request could be sent. */
export class NeverSent extends Error {}

interface Waiting {
  enter(): void;
  timer: NodeJS.Timeout;
}

/**
 * Lets so many requests to a subgraph travel at once; the others wait, in a queue that is bounded, and one whose time is over has never
 * touched a connection.
 */
export class Gate {
  readonly #places: number;
  readonly #longest: number;
  readonly #waiting = new Set<Waiting>();
  #inside = 0;

  constructor(places: number, longest: number) {
    this.#places = places;
    this.#longest = longest;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  /** Resolves when the request may be sent; undefined: at once. Each entry needs its `leave`. Whoever is abandoned leaves the queue. */
  enter(withinMs: number, signal?: AbortSignal): Promise<void> | undefined {
    if (this.#inside < this.#places) {
      this.#inside++;
      return undefined;
    }
    if (this.#waiting.size >= this.#longest)
      return Promise.reject(new Overfull(`${this.#waiting.size} requests are waiting for it already`));
    return new Promise((resolve, reject) => {
      const giveUp = (why: Error) => {
        clearTimeout(waiting.timer);
        signal?.removeEventListener('abort', abandon);
        this.#waiting.delete(waiting);
        reject(why);
      };
      const abandon = () => giveUp(new Abandoned());
      const late = () => giveUp(new NeverSent(`no connection was free within ${withinMs} ms`));
      const enter = () => {
        signal?.removeEventListener('abort', abandon);
        resolve();
      };
      const waiting: Waiting = { enter, timer: setTimeout(late, withinMs) };
      signal?.addEventListener('abort', abandon);
      this.#waiting.add(waiting);
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    if (!next) return void this.#inside--;
    // Its place is the one that becomes free.
    this.#waiting.delete(next);
    clearTimeout(next.timer);
    next.enter();
  }
}
