/**
 * How many players a range of a backfill takes. Each of them, and whoever publishes, waits until it is committed, so it is to be short; and what
 * it costs beside its players is the same however many they are, so it is not to be shorter than that.
 */

/** How long a range is to take, in milliseconds. */
const rangeMs = 120;
const [fewest, most] = [10, 1000];

export const firstRange = 100;

/** How many players the next range takes, after so many have taken so long. A range grows by half at most, and shrinks at once. */
export function nextRange(players: number, tookMs: number): number {
  const wanted = Math.floor((players * rangeMs) / Math.max(1, tookMs));
  return Math.min(most, Math.max(fewest, Math.min(wanted, Math.ceil(players * 1.5))));
}
