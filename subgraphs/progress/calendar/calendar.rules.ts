/**
 * Which calendar day an instant is, for this player, and when it ends. Instants are milliseconds since 1970, days are whole days since
 * 1970-01-01 in the calendar of the place. Zones come from the IANA time zone database by way of Intl.
 */

export type Period = 'DAY' | 'WEEK' | 'MONTH';

/** From an instant on the player's days begin where this zone has its midnights; no day before `firstDay` comes again. */
export interface Stretch {
  from: number;
  timeZone: string;
  firstDay: number;
}

/** Where a player has lived, in order; the first stretch has no beginning. */
export type Timeline = readonly Stretch[];

export const livingIn = (timeZone: string): Timeline => [{ from: -Infinity, timeZone, firstDay: -Infinity }];

/**
 * The player's zone is another one from this instant on. The day that has begun ends no earlier than it would have: only then the other
 * zone's midnights count, and while it is still the same day there, the day goes on.
 */
export function move(timeline: Timeline, timeZone: string, at: number): Timeline {
  const past = timeline.filter(({ from }) => from <= at);
  const firstDay = dayOf(past, at);
  return [...past, { from: startOfDay(past, firstDay + 1), timeZone, firstDay }];
}

export function dayOf(timeline: Timeline, at: number): number {
  const { timeZone, firstDay } = timeline.findLast(({ from }) => from <= at)!;
  return Math.max(firstDay, localDay(timeZone, at));
}

/** The first instant of a day; of a day that this player's calendar leaves out, the first one after it. */
export function startOfDay(timeline: Timeline, day: number): number {
  // The stretches after this one begin only when the day has begun.
  const { from, timeZone } = timeline.findLast(({ firstDay }) => firstDay < day)!;
  return Math.max(from, localMidnight(timeZone, day));
}

/** The number of the period that a day lies in: days, weeks from Monday on, or months, since 1970. */
export function spanOf(period: Period, day: number): number {
  if (period === 'DAY') return day;
  if (period === 'WEEK') return Math.floor((day + monday) / 7);
  const date = new Date(day * dayMs);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

export function firstDayOf(period: Period, span: number): number {
  if (period === 'DAY') return span;
  return period === 'WEEK' ? span * 7 - monday : Date.UTC(1970, span) / dayMs;
}

export const startOfSpan = (timeline: Timeline, period: Period, span: number): number =>
  startOfDay(timeline, firstDayOf(period, span));

export const spanAt = (timeline: Timeline, period: Period, at: number): number => spanOf(period, dayOf(timeline, at));

/** The period that ends where this one begins. */
export const spanBefore = (timeline: Timeline, period: Period, span: number): number =>
  spanAt(timeline, period, startOfSpan(timeline, period, span) - 1);

/**
 * How many periods lie between two others. A day that the calendar leaves out is none: Samoa had no 30 December 2011, and who flies
 * around the world has no day either that begins and ends at once.
 */
export function periodsBetween(timeline: Timeline, period: Period, one: number, other: number): number {
  let count = Math.max(0, other - one - 1);
  // Weeks and months are never left out.
  if (period !== 'DAY') return count;
  for (let day = one + 1; day < other; day++) if (isLeftOut(timeline, day)) count--;
  return count;
}

const isLeftOut = (timeline: Timeline, day: number): boolean =>
  startOfDay(timeline, day) === startOfDay(timeline, day + 1);

const dayMs = 86_400_000;
/** 1970 began on a Thursday. */
const monday = 3;

const localDay = (timeZone: string, at: number): number => Math.floor((at + offsetAt(timeZone, at)) / dayMs);

/** The first instant at which this day is shown. Clocks that are put back across a midnight show it once; since 2011 no zone does otherwise. */
function localMidnight(timeZone: string, day: number): number {
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
