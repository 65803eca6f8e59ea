/**
 * The value of a measure for one player. `merge` is commutative and associative, and `empty` its neutral element, so a value is the same after
 * any order and any grouping of the same events, and what was counted apart can be put together.
 */
export interface Value {
  /** COUNT and SUM: the sum of what events added; MAX: the greatest; DISTINCT: how many values were seen; PERIODS: how many periods are filled. */
  value: number;
  /**
   * When the earliest and the latest event happened that changed it, in milliseconds since 1970; of an empty value Infinity and -Infinity.
   */
  firstAt: number;
  lastAt: number;
  /** By start: what events before it have added. Only where it does not follow from the three above. */
  starts: Readonly<Record<string, number>> | null;
}

export const empty: Value = { value: 0, firstAt: Infinity, lastAt: -Infinity, starts: null };

/** Where sums stay once they have come that far. */
export const valueAtMost = Number.MAX_SAFE_INTEGER;

export const one = (at: number, amount: number): Value => ({ value: amount, firstAt: at, lastAt: at, starts: null });

/**
 * What events before a start have added. Of a start that was published when events on both sides of it had come already, nothing that came until
 * then counts: that is the backfill's.
 */
export function before({ value, firstAt, starts }: Value, start: number): number {
  const known = starts?.[start];
  if (known !== undefined) return known;
  return start <= firstAt ? 0 : value;
}

/** What counts for who begins at a start. */
export const since = (value: Value, start: number): number => value.value - before(value, start);

/** Both values together, of events that are not the same ones; `starts`: those that quests ask for. */
export function merge(a: Value, b: Value, starts: readonly number[]): Value {
  const value = Math.min(valueAtMost, a.value + b.value);
  const merged = { value, firstAt: Math.min(a.firstAt, b.firstAt), lastAt: Math.max(a.lastAt, b.lastAt), starts: null };
  const told: [start: number, before: number][] = [];
  for (const start of starts) {
    const earlier = Math.min(valueAtMost, before(a, start) + before(b, start));
    // The same would be read without it: all happened after the start, or all before.
    const isPlain = start <= merged.firstAt ? earlier === 0 : start > merged.lastAt && earlier === value;
    if (!isPlain) told.push([start, earlier]);
  }
  return told.length === 0 ? merged : { ...merged, starts: Object.fromEntries(told) };
}

/** The greatest of both, for MAX. */
export const greatest = (a: Value, b: Value): Value => ({
  value: Math.max(a.value, b.value),
  firstAt: Math.min(a.firstAt, b.firstAt),
  lastAt: Math.max(a.lastAt, b.lastAt),
  starts: null,
});
