import { type Period, type Timeline, periodsBetween, spanAt, spanBefore, startOfSpan } from './calendar.rules.ts';

/**
 * A time in which no streak is lost, in milliseconds since 1970, the end not included; it may be Infinity. A period that a pause touches, be it in
 * the hours of grace after it, is not missed. What happens in it counts as ever, so who plays in a vacation has no less than without one.
 */
export interface Pause {
  from: number;
  until: number;
}

/** The first and the last period of each row that pauses touch, in order and without overlap; the last of all may be Infinity. */
export type PausedSpans = readonly (readonly [first: number, last: number])[];

interface Terms {
  period: Period;
  graceHours: number;
  pauses: readonly Pause[];
}

export const hourMs = 3_600_000;

export function pausedSpans({ period, graceHours, pauses }: Terms, timeline: Timeline): PausedSpans {
  const rows: [number, number][] = [];
  const touched = pauses
    .filter(({ from, until }) => from < until)
    .map(({ from, until }): [number, number] => {
      const span = spanAt(timeline, period, from);
      const isGrace = from < startOfSpan(timeline, period, span) + graceHours * hourMs;
      const last = until === Infinity ? Infinity : spanAt(timeline, period, until - 1);
      return [isGrace ? spanBefore(timeline, period, span) : span, last];
    })
    .sort(([one], [other]) => one - other);
  for (const [first, last] of touched) {
    const row = rows.at(-1);
    if (row && first <= row[1] + 1) row[1] = Math.max(row[1], last);
    else rows.push([first, last]);
  }
  return rows;
}

/** The row in which a period was paused; undefined: it was not. */
export const pausedRow = (paused: PausedSpans, span: number): PausedSpans[number] | undefined =>
  paused.find(([first, last]) => first <= span && span <= last);

/** How many of the periods between two others are missed when nothing happened in them: those that exist and are not paused. */
export function missedBetween(
  paused: PausedSpans,
  timeline: Timeline,
  period: Period,
  one: number,
  other: number,
): number {
  let missed = periodsBetween(timeline, period, one, other);
  for (const [first, last] of paused) {
    const [from, to] = [Math.max(first, one + 1), Math.min(last, other - 1)];
    if (from <= to) missed -= periodsBetween(timeline, period, from - 1, to + 1);
  }
  return missed;
}
