import type { Definition, Objective } from './definition.rules.ts';
import { objectivesOf } from './form.rules.ts';

/**
 * A quest never counts its own completion. Of periods that other events fill too it could not be told apart, and where a quest counts nothing but
 * completions that need its own, none of them could come first. Such definitions are refused.
 */

const told = 'QuestCompleted';

/** The quests, by their ids, to whose completions an objective's conditions bind it; null: to none in particular. */
function boundTo({ where }: Pick<Objective, 'where'>): readonly string[] | null {
  const bounds = where
    .filter(({ path, op }) => path === 'questId' && (op === 'EQ' || op === 'IN'))
    .map(({ value }) => [value].flat().map(String));
  return bounds.length === 0 ? null : bounds.reduce((one, other) => one.filter((id) => other.includes(id)));
}

/** Faults of objectives that count periods with a completion, which the quest's own could fill. `id`: of the quest, where it has one already. */
export function ownPeriodFaults(quest: Definition, id: string | null): string[] {
  const all = objectivesOf(quest);
  return all.flatMap((objective, index) => {
    const { events, measure, perPeriod, graceHours } = objective;
    if (measure !== 'PERIODS' || !events.includes(told)) return [];
    const bound = boundTo(objective);
    if (bound !== null && (id === null || !bound.includes(id))) return [];
    // What completes the quest has then filled the period in which its own completion lies.
    if (all.length === 1 && perPeriod === 1 && graceHours === 0) return [];
    const at = quest.objectives === null ? 'trigger' : `objectives[${index}]`;
    return [
      `${at} must not be ${told} by period, as the quest's own completion would fill one: it needs a condition that questId is EQ or IN other quests, or to be the only objective, with a perPeriod of 1 and no graceHours.`,
    ];
  });
}

/** For each objective that nothing but completions of certain quests moves, their ids: one of each list has to come before the quest completes. */
export function awaitedBy(quest: Definition): readonly (readonly string[])[] {
  const bound = objectivesOf(quest).map((objective) =>
    objective.events.every((type) => type === told) ? boundTo(objective) : null,
  );
  if (quest.completes === 'ALL') return bound.filter((ids) => ids !== null);
  return bound.includes(null) ? [] : [bound.flatMap((ids) => ids ?? [])];
}

/** A quest as far as it waits for others; `id` null: it is new. */
export interface Awaiting {
  id: string | null;
  name: string;
  requires: readonly string[];
  awaits: readonly (readonly string[])[];
}

/** Which of these quests could never be completed, as whatever they count or require waits for them: by name. What is not among them may come. */
export function stuckAmong(all: readonly Awaiting[]): ReadonlySet<string> {
  const nameOf = new Map(all.map(({ id, name }) => [id, name]));
  const stuck = new Map(all.map((quest) => [quest.name, quest]));
  const mayCome = (name: string | undefined) => name === undefined || !stuck.has(name);
  const isFree = ({ requires, awaits }: Awaiting) =>
    requires.every(mayCome) && awaits.every((ids) => ids.some((id) => mayCome(nameOf.get(id))));
  for (let before = -1; before !== stuck.size;) {
    before = stuck.size;
    for (const quest of stuck.values()) if (isFree(quest)) stuck.delete(quest.name);
  }
  return new Set(stuck.keys());
}

export const stuckFault =
  'objectives must not count only completions that wait for the quest’s own: none of them could come first.';
