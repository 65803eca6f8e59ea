import type { ConditionTerms } from '../../../shared/questTerms.rules.ts';
import { activityOf } from '../calendar/streak.rules.ts';
import { unmet } from '../counting/conditions.rules.ts';
import { type Enrolment, locksOf, pausesFor } from '../enrolments/enrolments.rules.ts';
import { completedIn } from '../counting/moves.rules.ts';
import { type LeftOut, contributionOf } from '../counting/measures.rules.ts';
import { type Sight, isBeforeStart, isStreak } from '../enrolments/reached.rules.ts';
import type { Objective, Quest, Version } from '../definitions/definitions.rules.ts';

/** An event as it was recorded. */
export interface Recorded {
  source: string;
  type: string;
  data: unknown;
  /** Milliseconds since 1970 */
  at: number;
  /** The order in which it was stored. */
  place: number;
}

export type ReasonCode =
  | LeftOut
  | 'OUTSIDE_WINDOW'
  | 'CONDITION'
  | 'BEFORE_ENROLMENT'
  | 'PREREQUISITE'
  | 'OWN_COMPLETION'
  | 'ALREADY_DONE'
  | 'COOLDOWN'
  | 'PERIOD_FILLED'
  | 'PAUSED'
  | 'SEEN_BEFORE'
  | 'NOT_GREATER';

/** Why an event does not count, or what else is to be known of one that does. */
export interface Reason {
  code: ReasonCode;
  /** For people. */
  sentence: string;
}

/** How a player stands on a quest, as far as it decides about single events. */
export interface Situation {
  quest: Quest;
  version: Version;
  enrolment: Enrolment;
  /** When the quest was completed for the last time that it goes; null: it can be completed yet. */
  doneAt: number | null;
  /** Of a quest with a cooldown: when it was completed. */
  completedAt: readonly number[];
  /** By measure: after which event counting began. */
  since: ReadonlyMap<string, number>;
  sight: Sight;
}

/** What happens in a pause counts as ever. */
export const isCounted = (reason: Reason | null): boolean => reason === null || reason.code === 'PAUSED';

/** Of the last events of a quest's types, the earliest first: null for one that counts and of which there is nothing else to say. */
export function reasonsOf(situation: Situation, events: readonly Recorded[]): (Reason | null)[] {
  const seen = situation.version.objectives.map(() => new Map<string, number>());
  const completing = new Set<number>();
  return events.map((event) => {
    const cools = coolsAt(situation, event.at, completing);
    const reasons = situation.version.objectives
      .map((objective, n) => ({ objective, before: seen[n]! }))
      .filter(({ objective }) => objective.measure.events.includes(event.type))
      .map(({ objective, before }) => reasonOf(situation, objective, event, before, cools));
    return reasons.includes(null) ? pausedAt(situation, event.at) : (reasons[0] ?? null);
  });
}

function reasonOf(
  situation: Situation,
  objective: Objective,
  event: Recorded,
  before: Map<string, number>,
  cools: boolean,
): Reason | null {
  const { quest, version, doneAt, since, sight } = situation;
  const { terms } = version;
  if (isBeforeStart(objective, version.startsAt, event.at, sight))
    return reason('OUTSIDE_WINDOW', `It happened before the quest began, ${terms.startsAt}.`);
  if (terms.endsAt !== null && event.at >= Date.parse(terms.endsAt))
    return reason('OUTSIDE_WINDOW', `It happened after the quest had ended, ${terms.endsAt}.`);
  const condition = unmet(objective.measure.where, event.data);
  if (condition)
    return reason('CONDITION', `${told(condition.condition)} was asked, and it was ${shown(condition.found)}.`);
  const added = contributionOf(objective.measure, event.data);
  if ('leftOut' in added) return reason(added.leftOut, `${objective.terms.of}: ${leftOut[added.leftOut]}`);
  if (event.place <= (since.get(objective.measure.id) ?? 0))
    return reason('BEFORE_ENROLMENT', 'It was recorded before the quest was published, without a backfill.');
  if (completedIn(event) === quest.id)
    return reason('OWN_COMPLETION', 'It tells that this quest was completed, which the quest itself does not count.');
  const locks = locksOf(terms, sight);
  if (locks.length > 0) return reason('PREREQUISITE', `Other quests have to be completed first: ${locks.join(', ')}.`);
  if (doneAt !== null && event.at > doneAt)
    return reason('ALREADY_DONE', 'The quest had been completed as often as it goes.');
  if (cools) return reason('COOLDOWN', 'It happened too soon after a completion.');
  return repeated(objective, event, added, before, sight);
}

function pausedAt({ version, sight }: Situation, at: number): Reason | null {
  if (!version.objectives.some(isStreak)) return null;
  const pause = pausesFor(version, sight).find(({ from, until }) => from <= at && at < until);
  return pause ? reason('PAUSED', 'It happened in a pause, in which no streak is lost, and counts as ever.') : null;
}

/** Does an event lie in the time after a completion? The first one at the very instant of a completion is what completed the quest. */
function coolsAt({ quest, completedAt }: Situation, at: number, completing: Set<number>): boolean {
  const { cooldownSeconds } = quest.latest.terms;
  const since = completedAt.filter((instant) => instant <= at && at < instant + cooldownSeconds * 1000);
  if (since.length !== 1 || since[0] !== at || completing.has(at)) return since.length > 0;
  completing.add(at);
  return false;
}

/** Of what is counted by its kind, one of a kind is enough. */
function repeated(
  { measure }: Objective,
  event: Recorded,
  added: { amount: number } | { text: string },
  before: Map<string, number>,
  sight: Sight,
): Reason | null {
  const { aggregation, period, graceHours, perPeriod } = measure;
  if (aggregation === 'MAX' && 'amount' in added) {
    const most = before.get('') ?? 0;
    before.set('', Math.max(most, added.amount));
    return added.amount > most
      ? null
      : reason('NOT_GREATER', `It was ${added.amount}, and there had been ${most} before.`);
  }
  const key =
    'text' in added
      ? added.text
      : period && String(activityOf({ period, graceHours }, sight.timelineOf(measure), event.at).span);
  if (key === null) return null;
  const times = before.get(key) ?? 0;
  before.set(key, times + 1);
  if (aggregation === 'DISTINCT') return times === 0 ? null : reason('SEEN_BEFORE', `${key} had been seen before.`);
  const most = graceHours > 0 ? perPeriod + 1 : perPeriod;
  return times < most
    ? null
    : reason('PERIOD_FILLED', `The ${period!.toLowerCase()} had been filled by earlier events.`);
}

const reason = (code: ReasonCode, sentence: string): Reason => ({ code, sentence });

const leftOut: Record<LeftOut, string> = {
  NOT_A_NUMBER: 'it is no number.',
  NOT_WHOLE: 'it is no whole number.',
  NOT_POSITIVE: 'it is not above 0.',
  TOO_LARGE: 'it is above 2^53 - 1.',
  NOT_A_VALUE: 'it is neither a text nor a number nor true or false.',
};

const signs = { EQ: '=', NE: '<>', GT: '>', GTE: '>=', LT: '<', LTE: '<=', IN: 'in', EXISTS: 'exists' };
const told = ({ path, op, value }: ConditionTerms) => `${path} ${signs[op]} ${shown(value)}`;
const textAtMost = 80;
const shown = (value: unknown) =>
  value === undefined ? 'not there' : (JSON.stringify(value) ?? '').slice(0, textAtMost);
