import { objectiveOf } from '../../../shared/questTerms.rules.ts';
import type { Definition, Draft, Objective, Quest } from './definition.rules.ts';

/** The two forms in which a quest says what counts, and what each is in the words of the other. */

/** What is measured, in either form; empty while the simple form is not whole. */
export function objectivesOf(quest: Definition): readonly Objective[] {
  if (quest.objectives !== null) return quest.objectives;
  const { trigger, streak, period, graceHours, freezes } = quest;
  if (trigger === null || streak === null) return [];
  const meant = objectiveOf({ trigger, streak, period, graceHours, freezes });
  return [{ ...meant, consecutive: meant.measure === 'PERIODS' || null }];
}

/** An Int of GraphQL ends here. */
const largestInt = 2 ** 31 - 1;

/** The simple form; of a quest with objectives it repeats the first of them. */
export function simpleFormOf(quest: Definition) {
  const { events, target, period, graceHours, freezes } = objectivesOf(quest)[0]!;
  return {
    trigger: events[0]!,
    streak: Math.min(target, largestInt),
    period: period ?? 'EVENT',
    graceHours,
    freezes,
  } as const;
}

const noSimpleForm = { trigger: null, streak: null, period: 'EVENT', graceHours: 0, freezes: 0 } as const;

/** A change that names the objectives or the trigger chooses the form, and what was said in the other goes. */
export function withForm(quest: Quest, change: Draft): Quest {
  const isGiven = (value: unknown) => value !== undefined && value !== null;
  if (quest.objectives === null && isGiven(change.objectives)) return { ...quest, ...noSimpleForm };
  if (quest.objectives !== null && isGiven(change.trigger) && change.objectives === undefined)
    return { ...quest, objectives: null };
  return quest;
}

/** What the change of a field makes of those that would contradict it: the steps say how far the way goes, and they pay instead of the quest. */
export function withSteps(held: Draft, change: Draft): Draft {
  const next = { ...held, ...change };
  const last = Array.isArray(change.steps) ? lastTarget(change.steps) : undefined;
  if (last === undefined) return next;
  const rewards = change.rewards ?? [];
  if (!Array.isArray(next.objectives)) return { ...next, rewards, streak: change.streak ?? last };
  const isTold = Array.isArray(change.objectives);
  const objectives = next.objectives.map((each: unknown) => {
    if (typeof each !== 'object' || each === null) return each;
    const { target } = each as { target?: unknown };
    return { ...each, target: isTold ? (target ?? last) : last };
  });
  return { ...next, rewards, objectives };
}

const lastTarget = (steps: readonly unknown[]) => (steps.at(-1) as { target?: unknown } | null | undefined)?.target;
