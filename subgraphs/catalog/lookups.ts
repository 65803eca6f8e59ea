import { isUuid } from '../../shared/uuid.rules.ts';
import type { Cache, Lookup } from './cache.ts';
import { type Quest, type Reward, isName } from './definition.rules.ts';
import type { QuestStore } from './store.ts';

/** Quests and rewards by what clients and other rooms know of them, through the cache. */
export interface Lookups {
  questById: Lookup<Quest>;
  questByName: Lookup<Quest>;
  rewardById: Lookup<Reward>;
  /** These quests have just been changed. */
  keep(quests: readonly Quest[]): Promise<void>;
}

export function openLookups(cache: Cache, store: QuestStore): Lookups {
  const quest = { versionOf: ({ version }: Quest) => version, revive: reviveQuest };
  const questById = cache.lookup({
    ...quest,
    name: 'quest',
    isKey: isUuid,
    keyOf: ({ id }) => id,
    load: store.findQuests,
  });
  const questByName = cache.lookup({
    ...quest,
    name: 'name',
    isKey: isName,
    keyOf: ({ name }) => name,
    load: store.findQuestsByName,
  });
  const rewardById = cache.lookup({
    name: 'reward',
    isKey: isUuid,
    keyOf: ({ id }) => id,
    // What a reward pays never changes.
    versionOf: () => 1,
    revive: (text) => JSON.parse(text) as Reward,
    load: store.findRewards,
  });
  return {
    questById: inLowerCase(questById),
    questByName,
    rewardById: inLowerCase(rewardById),
    keep: async (quests) => void (await Promise.all([questById.keep(quests), questByName.keep(quests)])),
  };
}

/** Ids are answered in either case of letters, and kept in lower case as the database writes them. */
const inLowerCase = <Value>(lookup: Lookup<Value>): Lookup<Value> => ({
  ...lookup,
  find: (ids) => lookup.find(ids.map((id) => id.toLowerCase())),
});

/** JSON has no instants: they come back from their text. */
function reviveQuest(text: string): Quest {
  const quest = JSON.parse(text) as Quest;
  const instant = (value: Date | null) => value && new Date(value);
  return {
    ...quest,
    startsAt: new Date(quest.startsAt),
    endsAt: instant(quest.endsAt),
    archivedAt: instant(quest.archivedAt),
    createdAt: new Date(quest.createdAt),
  };
}
