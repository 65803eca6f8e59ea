import { type Timeline, spanAt, startOfSpan } from './calendar.rules.ts';
import { hourMs, missedBetween, pausedRow, pausedSpans } from './pauses.rules.ts';
import type { Readings, Streak, StreakTerms } from './streak.rules.ts';

/** How a player stands on a quest by calendar. A streak that was lost is noticed here, when it is read. Instants are milliseconds since 1970. */

/**
 * When the streak is lost if nothing happens: its last chance, grace included, is over. Infinity: not while a pause goes on that has no end. Null:
 * there is nothing to lose.
 */
export function lostAt(terms: StreakTerms, timeline: Timeline, { length, frozen, last }: Streak): number | null {
  if (length === 0 || last === null) return null;
  const { period } = terms;
  const end = (span: number) => startOfSpan(timeline, period, span + 1);
  const paused = pausedSpans(terms, timeline);
  let [span, left] = [last, terms.freezes - frozen];
  while (left >= 0) {
    span++;
    const [, lastPaused] = pausedRow(paused, span) ?? [];
    if (lastPaused === Infinity) return Infinity;
    if (lastPaused === undefined) left -= missedBetween(paused, timeline, period, span - 1, span + 1);
    else span = lastPaused;
  }
  // A period may be shorter than the hours of grace, and an event after it fills the one before no more.
  const next = spanAt(timeline, period, end(span));
  return Math.min(end(span) + terms.graceHours * hourMs, end(next));
}

/** The reading that is the best at an instant: one that was lost by then counts for what it has completed. */
export function streakAt(terms: StreakTerms, timeline: Timeline, { all }: Readings, now: number): Streak {
  const readings = all.map((streak) => {
    const end = lostAt(terms, timeline, streak) ?? -Infinity;
    return { streak, end, standing: now < end ? streak.length : 0 };
  });
  const [best] = readings.sort(
    (one, other) =>
      other.streak.completions - one.streak.completions || other.standing - one.standing || other.end - one.end,
  );
  return best!.streak;
}
