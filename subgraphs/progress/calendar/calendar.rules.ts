import { dayMs, localDay, localMidnight } from '../../../shared/calendar.rules.ts';

/**
 * Which calendar day an instant is, for this player, and when it ends. Instants are milliseconds since 1970, days are whole days since
 * 1970-01-01 in the calendar of the place.
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
 * zone's midnights count, and while it is still the same day there, the day goes on. That holds for a move before it as well that is yet to
 * count: what it promised as the end of this day stays.
 */
export function move(timeline: Timeline, timeZone: string, at: number): Timeline {
  const firstDay = dayOf(timeline, at);
  const end = startOfDay(timeline, firstDay + 1);
  return [...timeline.filter(({ from }) => from < end), { from: end, timeZone, firstDay }];
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

/** 1970 began on a Thursday. */
const monday = 3;
