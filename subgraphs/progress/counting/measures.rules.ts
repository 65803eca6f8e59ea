import type { ConditionTerms, ObjectiveTerms, Period, QuestTerms } from '../../../shared/questTerms.rules.ts';
import { valueAt } from './conditions.rules.ts';

/**
 * What is counted of a player's events. A measure is a commutative monoid: it has an empty value, a contribution of one event, and a merge that
 * asks neither for order nor for grouping. Objectives of equal specification share one measure.
 */
export interface Measure {
  aggregation: ObjectiveTerms['measure'];
  /** Types of event, sorted. */
  events: readonly string[];
  /** Sorted. */
  where: readonly ConditionTerms[];
  of: string | null;
  /** Only events of this window count, from its start (milliseconds since 1970) to before its end; null: every event, and values tell starts apart. */
  window: { from: number; until: number | null } | null;
  /** Of PERIODS. */
  period: Period | null;
  perPeriod: number;
  graceHours: number;
  /** There is one value for each of these periods; null: one for all time. */
  every: Period | null;
  /** Whose calendar divides time; null: the player's own, or nobody's where nothing is divided. */
  timeZone: string | null;
}

/** The first sign-in of a player is a sign-in too. */
const alsoCountedBy: Record<string, string[]> = { UserSignIn: ['NewUserSignIn'] };

/** The types of event that count as this type. */
export function typesCountedBy(type: string): string[] {
  return [type, ...(alsoCountedBy[type] ?? [])];
}

/** What an objective of a quest measures. */
export function measureOf(
  quest: Pick<QuestTerms, 'startsAt' | 'endsAt' | 'every' | 'timeZone'>,
  objective: ObjectiveTerms,
): Measure {
  const { measure: aggregation, period, graceHours } = objective;
  const isPeriods = aggregation === 'PERIODS';
  // What cannot be subtracted, or stops, or begins anew, has its window to itself.
  const isAlone = quest.endsAt !== null || quest.every !== null || aggregation === 'MAX' || aggregation === 'DISTINCT';
  const until = quest.endsAt === null ? null : Date.parse(quest.endsAt);
  return {
    aggregation,
    events: [...new Set(objective.events.flatMap(typesCountedBy))].sort(),
    where: [...objective.where].sort((one, other) => (toldCondition(one) < toldCondition(other) ? -1 : 1)),
    of: objective.of,
    window: isAlone ? { from: Date.parse(quest.startsAt), until } : null,
    period: isPeriods ? period : null,
    perPeriod: isPeriods ? objective.perPeriod : 1,
    graceHours: isPeriods ? graceHours : 0,
    every: quest.every,
    timeZone: isPeriods || quest.every !== null ? quest.timeZone : null,
  };
}

const toldCondition = ({ path, op, value }: ConditionTerms) => JSON.stringify([path, op, value]);

/** The same text for the same measure, whoever wrote it; its digest is the measure's id. Migrations spell it in SQL. */
export function identityOf(measure: Measure): string {
  const { aggregation, events, where, of, window, period, perPeriod, graceHours, every, timeZone } = measure;
  return JSON.stringify([
    aggregation,
    events,
    where.map(({ path, op, value }) => [path, op, value]),
    of,
    window && [window.from, window.until],
    period && [period, perPeriod, graceHours],
    every,
    timeZone,
  ]);
}

/** Does one value serve quests that start at different times, so that it has to tell what happened before each start? */
export const isShared = ({ aggregation, window }: Pick<Measure, 'aggregation' | 'window'>): boolean =>
  window === null && (aggregation === 'COUNT' || aggregation === 'SUM');

/** Does the measure take events of this instant? The start of a window belongs to it, its end does not. */
export function isInside({ window }: Pick<Measure, 'window'>, at: number): boolean {
  return window === null || (at >= window.from && (window.until === null || at < window.until));
}

/** Why data that meets all conditions adds nothing. */
export type LeftOut = 'NOT_A_NUMBER' | 'NOT_WHOLE' | 'NOT_POSITIVE' | 'TOO_LARGE' | 'NOT_A_VALUE';

/** What one event adds: an amount, or, of DISTINCT, the text of the value it shows. */
export type Contribution = { amount: number } | { text: string } | { leftOut: LeftOut };

/** The longest text that is told apart as a whole. */
const textAtMost = 1024;

/** What an event with this data adds to a measure whose conditions it meets. */
export function contributionOf({ aggregation, of }: Pick<Measure, 'aggregation' | 'of'>, data: unknown): Contribution {
  if (aggregation === 'COUNT' || aggregation === 'PERIODS') return { amount: 1 };
  const found = valueAt(data, of ?? '');
  if (aggregation === 'DISTINCT') {
    const isValue = ['string', 'number', 'boolean'].includes(typeof found);
    return isValue ? { text: JSON.stringify(found).slice(0, textAtMost) } : { leftOut: 'NOT_A_VALUE' };
  }
  if (typeof found !== 'number' || !Number.isFinite(found)) return { leftOut: 'NOT_A_NUMBER' };
  if (!Number.isInteger(found)) return { leftOut: 'NOT_WHOLE' };
  if (found <= 0) return { leftOut: 'NOT_POSITIVE' };
  return found > Number.MAX_SAFE_INTEGER ? { leftOut: 'TOO_LARGE' } : { amount: found };
}
