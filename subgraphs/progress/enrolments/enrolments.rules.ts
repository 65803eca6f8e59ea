import type { Pause } from '../calendar/pauses.rules.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import type { Objective, Quest, Version } from '../definitions/definitions.rules.ts';
import { versionOf } from '../definitions/definitions.rules.ts';
import { type Reached, type Sight, reached, rebase } from './reached.rules.ts';

/**
 * A player on a quest. Within one version completions follow from values alone, so any order of the same events ends the same; only where the
 * version changes is written down from where the next attempt counts, so that an edit neither pays the past again nor takes anything back.
 */
export interface Enrolment {
  /** The number of the version by which the attempt under way counts. */
  version: number;
  /** By objective, from where counting goes; see `reached`. Null: from the start. */
  base: readonly (number | null)[];
  attemptsAtBase: number;
  completionsAtBase: number;
  completions: number;
  /** Until then, in milliseconds since 1970, nothing counts after the last completion. */
  coolsUntil: number | null;
}

/** Nothing that happens counts: the quest is archived, or not open to the player yet. */
export function isFrozen({ terms }: Version, sight: Sight): boolean {
  return terms.archivedAt !== null || locksOf(terms, sight).length > 0;
}

/** The quests that the player has to complete before this one opens. */
export function locksOf({ requires }: Pick<QuestTerms, 'requires'>, sight: Sight): string[] {
  return requires.filter((questId) => !sight.hasCompleted(questId));
}

/** When the quest pauses for the player: for everybody, or for this one. */
export const pausesFor = ({ pauses, terms }: Version, sight: Sight): Pause[] => [
  ...pauses,
  ...sight.pausesOf(terms.questId),
];

export interface Attempt {
  reached: readonly Reached[];
  /** Attempts since the base that the values are worth, and no more than are left. */
  whole: number;
  /** There is no further attempt. */
  isDone: boolean;
  /** By objective, on the way to the next completion of the whole. */
  toward: readonly number[];
  /** Completions that are due. */
  due: number;
}

/** How far the attempt under way has come by its version. */
export function attemptOf(version: Version, enrolment: Enrolment, sight: Sight): Attempt {
  const { terms, objectives, perAttempt, startsAt } = version;
  const frozen = isFrozen(version, sight);
  const pauses = pausesFor(version, sight);
  const all = objectives.map((objective, n) =>
    reached(objective, startsAt, enrolment.base[n] ?? null, frozen, pauses, sight),
  );
  const worth =
    terms.completes === 'ANY'
      ? all.reduce((sum, { whole }) => sum + whole, 0)
      : Math.min(...all.map(({ whole }) => whole));
  const left = Math.max(0, terms.duplication - enrolment.attemptsAtBase);
  const whole = Math.min(worth, left);
  const isDone = whole === left;
  const toward = isDone ? all.map(() => 0) : without(version, all, whole);
  const farthest = (all[0]?.farthest ?? 0) - whole * (objectives[0]?.terms.target ?? 0);
  const steps = isDone ? 0 : terms.steps.filter(({ target }) => target <= farthest).length;
  return { reached: all, whole, isDone, toward, due: enrolment.completionsAtBase + whole * perAttempt + steps };
}

/** What is left by objective when so many attempts are taken away. */
function without({ terms, objectives }: Version, all: readonly Reached[], attempts: number): number[] {
  let left = attempts;
  return all.map(({ amount, whole }, n) => {
    const taken = terms.completes === 'ANY' ? Math.min(whole, left) : attempts;
    if (terms.completes === 'ANY') left -= taken;
    const { target, measure } = objectives[n]!.terms;
    return measure === 'MAX' ? (taken > 0 ? 0 : amount) : Math.max(0, amount - taken * target);
  });
}

/** An enrolment by the versions that have come since, with the values of before the next event. */
export function fold(quest: Quest, enrolment: Enrolment, sight: Sight): Enrolment {
  if (enrolment.version === quest.latest.number) return enrolment;
  let current = enrolment;
  for (const next of quest.versions) {
    if (next.number <= enrolment.version) continue;
    const version = versionOf(quest, current.version);
    const { paid, toward, isOver } = paidOf(version, current, sight);
    const hasBegun = !isOver && !isFrozen(version, sight) && toward.some((amount) => amount > 0);
    const goesOnBy = hasBegun && isKept(version.terms, next.terms) ? version : next;
    if (goesOnBy === next || paid > 0) current = adopt(version, goesOnBy, current, paid, isOver ? [] : toward, sight);
  }
  return current;
}

/** Does an attempt that has begun end by its own version? Where the window alone has moved, it goes on in the new one. */
function isKept(before: QuestTerms, next: QuestTerms): boolean {
  if (next.archivedAt !== null) return next.onArchive === 'FINISH';
  return next.inFlight === 'KEEP' && before.startsAt === next.startsAt && before.endsAt === next.endsAt;
}

/** Attempts since the base that have been completed in fact, what has been reached beyond them, and whether no further one was to come. */
function paidOf(version: Version, enrolment: Enrolment, sight: Sight) {
  const { reached } = attemptOf(version, enrolment, sight);
  const paid = Math.floor((enrolment.completions - enrolment.completionsAtBase) / version.perAttempt);
  const isOver = enrolment.attemptsAtBase + paid >= version.terms.duplication;
  return { paid, toward: without(version, reached, paid), isOver };
}

/** The enrolment by the next version, after so many attempts of its own, with what it has reached toward the next; left out: nothing. */
function adopt(
  version: Version,
  next: Version,
  enrolment: Enrolment,
  attempts: number,
  toward: readonly number[],
  sight: Sight,
): Enrolment {
  const { reached: all } = attemptOf(version, enrolment, sight);
  const frozen = isFrozen(next, sight);
  const base = next.objectives.map((objective) => {
    const n = placeOf(objective, version.objectives);
    return rebase(objective, next.startsAt, toward[n] ?? 0, all[n]?.streak ?? null, frozen, sight);
  });
  const steps = enrolment.completions - enrolment.completionsAtBase - attempts * version.perAttempt;
  return {
    ...enrolment,
    version: next.number,
    base,
    attemptsAtBase: enrolment.attemptsAtBase + attempts,
    // Steps that were paid are not paid again, and the last one of the new version is not taken for one of them.
    completionsAtBase: enrolment.completions - Math.min(Math.max(0, steps), next.perAttempt - 1),
  };
}

/** Where what was reached of an objective is found; of several that count the same, the one of its name. */
function placeOf(objective: Objective, before: readonly Objective[]): number {
  const named = before.findIndex((one) => one.terms.name === objective.terms.name && isSame(one, objective));
  return named >= 0 ? named : before.findIndex((one) => isSame(one, objective));
}

/** Does what was reached of one objective count for the other? */
function isSame(one: Objective, other: Objective): boolean {
  if (one.measure.id === other.measure.id && one.terms.consecutive === other.terms.consecutive) return true;
  const kind = ({ terms: { name, measure, of, period, consecutive } }: typeof one) =>
    JSON.stringify([name, measure, of, period, consecutive]);
  return kind(one) === kind(other);
}

/** What was earned: by which version, and which step of it; null: it has none. */
export interface Earned {
  version: Version;
  step: number | null;
}

/** The enrolment after something has happened, with the completions that this has made due. */
export function advance(quest: Quest, enrolment: Enrolment, sight: Sight): { enrolment: Enrolment; earned: Earned[] } {
  const earned: Earned[] = [];
  const earn = (version: Version, due: number) => {
    for (let n = enrolment.completions; n < due; n++) {
      const step = version.terms.steps.length === 0 ? null : (n - enrolment.completionsAtBase) % version.perAttempt;
      earned.push({ version, step });
    }
    if (due > enrolment.completions) enrolment = { ...enrolment, completions: due };
  };
  const version = versionOf(quest, enrolment.version);
  if (isFrozen(version, sight)) return { enrolment, earned };
  const attempt = attemptOf(version, enrolment, sight);
  if (version.number === quest.latest.number || attempt.whole === 0) {
    earn(version, attempt.due);
    return { enrolment, earned };
  }
  // The attempt under way has ended by its own version, and the next one counts by the latest.
  earn(version, enrolment.completionsAtBase + version.perAttempt);
  const isOver = enrolment.attemptsAtBase + 1 >= version.terms.duplication;
  const over = isOver ? [] : without(version, attempt.reached, 1);
  const rest = advance(quest, adopt(version, quest.latest, enrolment, 1, over, sight), sight);
  return { enrolment: rest.enrolment, earned: [...earned, ...rest.earned] };
}

/** A quest has opened to the player: what happens from now on counts. */
export function unlock(quest: Quest, enrolment: Enrolment, before: Sight, now: Sight): Enrolment {
  const version = versionOf(quest, enrolment.version);
  const { reached: all } = attemptOf(version, enrolment, before);
  const base = version.objectives.map((objective, n) =>
    rebase(objective, version.startsAt, all[n]!.amount, null, isFrozen(version, now), now),
  );
  return { ...enrolment, base };
}
