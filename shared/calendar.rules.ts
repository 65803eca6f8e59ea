/**
 * Calendar days of a time zone: whole days since 1970-01-01, and when they begin. Instants are milliseconds since 1970. Zones come from the
 * IANA time zone database by way of Intl.
 */

export const dayMs = 86_400_000;
/** The calendar day that clocks in this zone show at an instant. */
export const localDay = (timeZone: string, at: number): number => Math.floor((at + offsetAt(timeZone, at)) / dayMs);

/** The first instant at which this day is shown. Clocks that are put back across a midnight show it once; since 2011 no zone does otherwise. */
export function localMidnight(timeZone: string, day: number): number {
  const wall = day * dayMs;
  const around = [offsetAt(timeZone, wall - dayMs), offsetAt(timeZone, wall + dayMs)];
  const [east, west] = [Math.max(...around), Math.min(...around)];
  if (offsetAt(timeZone, wall - east) === east) return wall - east;
  if (offsetAt(timeZone, wall - west) === west) return wall - west;
  // Clocks are put forward across midnight: the day begins at that instant.
  let [before, after] = [wall - east, wall - west];
  while (after - before > 1) {
    const between = Math.floor((before + after) / 2);
    if (localDay(timeZone, between) < day) before = between;
    else after = between;
  }
  return after;
}

/** What clocks show less what they show in UTC, in milliseconds. Zones change on quarters of an hour, so one look at each quarter is enough. */
function offsetAt(timeZone: string, at: number): number {
  const known = offsets.get(timeZone) ?? new Map<number, number>();
  const quarter = Math.floor(at / quarterMs);
  let offset = known.get(quarter);
  if (offset === undefined) {
    if (++looks % 100_000 === 0) offsets.clear();
    offsets.set(timeZone, known.set(quarter, (offset = lookUpOffset(timeZone, quarter * quarterMs))));
  }
  return offset;
}

const quarterMs = 900_000;
/** So many are kept at most that they take some ten megabytes. */
const offsets = new Map<string, Map<number, number>>();
let looks = 0;
const clocks = new Map<string, Intl.DateTimeFormat>();

function lookUpOffset(timeZone: string, at: number): number {
  let clock = clocks.get(timeZone);
  if (!clock) clocks.set(timeZone, (clock = new Intl.DateTimeFormat('en-u-hc-h23', { timeZone, ...wallClock })));
  const shown = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year, month, day, hour, minute, second } = shown as Record<keyof typeof wallClock, number>;
  return Date.UTC(year, month - 1, day, hour, minute, second) - at;
}

const wallClock = {
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const;
