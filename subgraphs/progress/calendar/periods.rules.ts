import { type Timeline, spanAt, spanBefore, startOfSpan } from './calendar.rules.ts';
import { hourMs, pausedRow, pausedSpans } from './pauses.rules.ts';
import { type StreakTerms, type Streak, markedBy } from './streak.rules.ts';
import { lostAt } from './streakStanding.rules.ts';

/** A day, week or month as a player sees it on a calendar; instants in milliseconds since 1970. */
export interface MarkedPeriod {
  startsAt: number;
  endsAt: number;
  /** OPEN: it can still be filled, now or within its hours of grace. FROZEN: it was missed, and the streak stands. PAUSED: it was not missed. */
  state: 'DONE' | 'OPEN' | 'FROZEN' | 'PAUSED' | 'MISSED';
}

/** The last periods up to the one of this instant, the oldest first. */
export function lastPeriods(
  terms: StreakTerms,
  timeline: Timeline,
  streak: Streak,
  now: number,
  count: number,
): MarkedPeriod[] {
  const { period, graceHours } = terms;
  const current = spanAt(timeline, period, now);
  const start = (span: number) => startOfSpan(timeline, period, span);
  const isGrace = now < start(current) + graceHours * hourMs;
  const stands = now < (lostAt(terms, timeline, streak) ?? -Infinity);
  const before = spanBefore(timeline, period, current);
  const { filled, covered } = markedBy(streak);
  const paused = pausedSpans(terms, timeline);
  const stateOf = (span: number): MarkedPeriod['state'] => {
    if (filled.has(span)) return 'DONE';
    if (pausedRow(paused, span)) return 'PAUSED';
    if (span === current) return 'OPEN';
    if (covered.has(span)) return 'FROZEN';
    if (!stands || span < streak.last!) return 'MISSED';
    return isGrace && span === before ? 'OPEN' : 'FROZEN';
  };
  const spans = Array.from({ length: count }, (_, n) => current - count + 1 + n);
  const marks = spans.map((span) => ({ startsAt: start(span), endsAt: start(span + 1), state: stateOf(span) }));
  // What the player's calendar leaves out is not shown.
  return marks.filter(({ startsAt, endsAt }) => startsAt < endsAt);
}
