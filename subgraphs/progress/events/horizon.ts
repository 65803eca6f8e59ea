/** How long a place that was skipped may still be filled: by then its transaction has committed or was rolled back. */
const patienceMs = 5000;

/**
 * Up to where everything that was stored has been seen. An event gets its place when it is written and shows when its transaction commits, so
 * a lower place may show after a higher one. Times are milliseconds of one clock.
 */
export class Horizon {
  /** Nothing more is expected here or below. */
  settled: number;
  readonly #above = new Map<number, number>();

  constructor(settled: number) {
    this.settled = settled;
  }

  /** Places above the horizon that were seen. */
  get seen(): number[] {
    return [...this.#above.keys()];
  }

  /** These are seen at this time; the horizon moves up as far as nothing is missing, or as nobody waits for it any longer. */
  see(places: readonly number[], now: number): void {
    for (const place of places) this.#above.set(place, now);
    for (const [place, seenAt] of this.#above)
      if (now - seenAt >= patienceMs) this.settled = Math.max(this.settled, place);
    while (this.#above.has(this.settled + 1)) this.settled++;
    for (const place of this.#above.keys()) if (place <= this.settled) this.#above.delete(place);
  }
}
