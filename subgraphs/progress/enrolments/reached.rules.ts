import type { Pause } from '../calendar/pauses.rules.ts';
import { type Timeline, spanAt } from '../calendar/calendar.rules.ts';
import { type Active, type Streak, type StreakTerms, beginOf, isFilled, readingsOf } from '../calendar/streak.rules.ts';
import { lostAt, streakAt } from '../calendar/streakStanding.rules.ts';
import { type KnownMeasure, type Objective, isInARow } from '../definitions/definitions.rules.ts';
import { isShared } from '../counting/measures.rules.ts';
import { type Value, since } from '../counting/values.rules.ts';

/** What one may see of a player at an instant, in one period where quests begin anew. */
export interface Sight {
  /** Milliseconds since 1970 */
  at: number;
  valueOf(measure: KnownMeasure): Value;
  /** Of PERIODS, in the order of time. */
  activeOf(measure: KnownMeasure): readonly Active[];
  timelineOf(measure: KnownMeasure): Timeline;
  hasCompleted(questId: string): boolean;
  /** Of a quest, for this player alone. */
  pausesOf(questId: string): readonly Pause[];
}

/** How far an objective has come since its base. */
export interface Reached {
  amount: number;
  /** The most that it has been at; only a streak can be lost. */
  farthest: number;
  /** How many targets that is worth. */
  whole: number;
  /** Of a streak. */
  streak: Streak | null;
}

const reach = (amount: number, whole: number): Reached => ({ amount, farthest: amount, whole, streak: null });

/** Is it a streak, of periods in a row? */
export const isStreak = ({ terms }: Objective): boolean => isInARow(terms);

/** Of periods, the one in which the quest starts is the first as a whole, unless the quest has an end or begins anew. */
export function isBeforeStart({ measure }: Objective, startsAt: number, at: number, sight: Sight): boolean {
  if (measure.period === null || measure.window !== null) return at < startsAt;
  const spanOf = (instant: number) => spanAt(sight.timelineOf(measure), measure.period!, instant);
  return spanOf(at) < spanOf(startsAt);
}

/** `pauses`: of its quest, for this player. */
export const streakTermsOf = ({ terms }: Objective, pauses: readonly Pause[]): StreakTerms => ({
  ...terms,
  period: terms.period!,
  pauses,
});

/**
 * What was reached since the base. Of a streak the base is a period, the first that counts; of the greatest value the one that is no news; of all
 * else what does not count any more. Where nothing counts, the base is what had been reached, below zero.
 */
export function reached(
  objective: Objective,
  startsAt: number,
  base: number | null,
  isFrozen: boolean,
  pauses: readonly Pause[],
  sight: Sight,
): Reached {
  const { measure, terms } = objective;
  if (isStreak(objective)) {
    const [terms, timeline] = [streakTermsOf(objective, pauses), sight.timelineOf(measure)];
    const from = Math.max(base ?? -Infinity, spanAt(timeline, terms.period, startsAt));
    const readings = readingsOf(terms, timeline, sight.activeOf(measure), from);
    const streak = streakAt(terms, timeline, readings, sight.at);
    const stands = sight.at < (lostAt(terms, timeline, streak) ?? -Infinity);
    return {
      amount: streak.completions * terms.target + (stands ? streak.length : 0),
      farthest: readings.farthest.completions * terms.target + readings.farthest.length,
      whole: isFrozen ? 0 : streak.completions,
      streak,
    };
  }
  if (isFrozen) return reach(-(base ?? 0), 0);
  const reading = readingOf(objective, startsAt, sight);
  if (terms.measure === 'MAX') {
    const amount = reading > (base ?? 0) ? reading : 0;
    return reach(amount, amount >= terms.target ? 1 : 0);
  }
  const amount = Math.max(0, reading - (base ?? 0));
  return reach(amount, Math.floor(amount / terms.target));
}

/** What the measure is worth for a quest that starts at an instant, whatever has been completed. */
export function readingOf({ measure, terms }: Objective, startsAt: number, sight: Sight): number {
  if (terms.measure === 'PERIODS') {
    const first = spanAt(sight.timelineOf(measure), terms.period!, startsAt);
    return sight.activeOf(measure).filter((one) => one.span >= first && isFilled(one, terms.perPeriod)).length;
  }
  const value = sight.valueOf(measure);
  return isShared(measure) ? since(value, startsAt) : value.value;
}

/** The base from which an objective has reached so much by now; what was reached of a streak is the one under way. */
export function rebase(
  objective: Objective,
  startsAt: number,
  toward: number,
  streak: Streak | null,
  isFrozen: boolean,
  sight: Sight,
): number | null {
  if (isStreak(objective)) {
    const begin = streak && toward > 0 ? beginOf(streak) : null;
    if (begin !== null) return begin;
    const next = (sight.activeOf(objective.measure).at(-1)?.span ?? -Infinity) + 1;
    return next > spanAt(sight.timelineOf(objective.measure), objective.terms.period!, startsAt) ? next : null;
  }
  const base = (isFrozen ? 0 : readingOf(objective, startsAt, sight)) - toward;
  return base === 0 ? null : base;
}
