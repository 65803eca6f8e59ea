import { Refusal } from '../../shared/errors.ts';

/** Refuses work beyond what can be done in time, at once and with a word on when to come back, so that what was admitted is done in time. */
export class Shedding {
  readonly #atOnce: number;
  #inside = 0;
  #refused = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Requests that are being answered. */
  get inside(): number {
    return this.#inside;
  }

  /** How many were refused so far. */
  get refused(): number {
    return this.#refused;
  }

  /** Throws UNAVAILABLE when too many requests are being answered. */
  async admit<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#atOnce) {
      this.#refused++;
      throw new Refusal('UNAVAILABLE', 'Too many requests at once. Try again in a moment.', { retryAfterSeconds: 1 });
    }
    this.#inside++;
    try {
      return await work();
    } finally {
      this.#inside--;
    }
  }
}
