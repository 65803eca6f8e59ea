import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { secondsOf } from './cooldown.rules.ts';
import type { Quest, Reward } from './definition.rules.ts';
import { objectivesOf, simpleFormOf } from './form.rules.ts';
import type { Publication } from './publication.rules.ts';

/** A version of a quest as the other subgraphs are told of it. `idOf`: of a quest that is required, by its name. */
export function termsOfQuest(quest: Quest, publication: Publication, idOf: (name: string) => string): QuestTerms {
  const { id: questId, name, version, duplication, timeZone, autoClaim, hidden } = quest;
  const { completes, every, cooldown, requires, startsAt, endsAt, archivedAt, onArchive } = quest;
  const steps = quest.steps.map(({ target, rewards }) => ({ target, rewards: rewards.map(paid) }));
  return {
    ...{ questId, name, version, duplication, timeZone, autoClaim, hidden },
    ...simpleFormOf(quest),
    objectives: objectivesOf(quest).map((one) => ({ ...one, consecutive: one.consecutive ?? true })),
    ...{ completes, every, steps },
    cooldownSeconds: secondsOf(cooldown),
    requires: requires.map(idOf),
    ...publication,
    rewards: quest.rewards.length > 0 ? quest.rewards.map(paid) : (steps.at(-1)?.rewards ?? []),
    startsAt: startsAt.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
    archivedAt: archivedAt?.toISOString() ?? null,
    onArchive,
  };
}

const paid = ({ id, item, quantity }: Reward) => ({ id, item, quantity });
