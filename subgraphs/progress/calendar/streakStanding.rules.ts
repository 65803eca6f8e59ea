import { type Timeline, periodsBetween, spanAt, startOfSpan } from './calendar.rules.ts';
import { notThereYet } from '../counting/quest.rules.ts';
import { type Active, type CalendarTerms, type Streak, hourMs, readingsOf } from './streak.rules.ts';

/** How a player stands on a quest by calendar. A streak that was lost is noticed here, when it is read. Instants are milliseconds since 1970. */

/** When the streak is lost if nothing happens: its last chance, grace included, is over. Null: there is nothing to lose. */
export function lostAt(terms: CalendarTerms, timeline: Timeline, { length, frozen, last }: Streak): number | null {
  if (length === 0 || last === null) return null;
  const { period } = terms;
  const end = (span: number) => startOfSpan(timeline, period, span + 1);
  let [span, left] = [last, terms.freezes - frozen];
  while (left >= 0) {
    span++;
    left -= periodsBetween(timeline, period, span - 1, span + 1);
  }
  // A period may be shorter than the hours of grace, and an event after it fills the one before no more.
  const next = spanAt(timeline, period, end(span));
  return Math.min(end(span) + terms.graceHours * hourMs, end(next));
}

/** The reading that is the best at an instant: one that was lost by then counts for what it has completed. */
export function streakAt(terms: CalendarTerms, timeline: Timeline, active: readonly Active[], now: number): Streak {
  const readings = readingsOf(terms, timeline, active).map((streak) => {
    const end = lostAt(terms, timeline, streak) ?? -Infinity;
    return { streak, end, standing: now < end ? streak.length : 0 };
  });
  const [best] = readings.sort(
    (one, other) =>
      other.streak.completions - one.streak.completions || other.standing - one.standing || other.end - one.end,
  );
  return best!.streak;
}

/** Completions that the streak is worth: as many as it has had, and not more than are paid. */
export const streakCompletionsDue = (terms: CalendarTerms, { completions }: Pick<Streak, 'completions'>): number =>
  Math.min(terms.duplication, completions);

/** The numbers of the completions that are due and not there yet. */
export function newStreakCompletions(
  terms: CalendarTerms,
  streak: Pick<Streak, 'completions'>,
  completions: number,
): number[] {
  return notThereYet(terms, streakCompletionsDue(terms, streak), completions);
}

export interface StreakStanding {
  /** Periods in a row toward the next completion; 0 when the streak was lost. */
  streak: number;
  /** Periods still needed; 0 when there is nothing more to complete. */
  remaining: number;
  /** When the streak is lost if nothing happens. */
  resetsAt: number | null;
}

export function streakStanding(
  terms: CalendarTerms,
  timeline: Timeline,
  streak: Streak,
  completions: number,
  now: number,
): StreakStanding {
  if (terms.archivedAt !== null || completions >= terms.duplication) return { streak: 0, remaining: 0, resetsAt: null };
  // A target that was lowered to what is already there is reached by the next event.
  if (completions < streak.completions) return { streak: terms.streak, remaining: 1, resetsAt: null };
  const resetsAt = lostAt(terms, timeline, streak);
  const length = resetsAt !== null && now < resetsAt ? streak.length : 0;
  // More completions than the streak is worth by today's terms have to be made up first.
  const beforeNext = Math.max(0, completions - streak.completions) * terms.streak;
  return { streak: length, remaining: beforeNext + terms.streak - length, resetsAt: length > 0 ? resetsAt : null };
}
