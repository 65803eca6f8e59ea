import { createHash } from 'node:crypto';
import { isUuid } from '../../../shared/uuid.rules.ts';
import type { Cache, Lookup } from './cache.ts';
import type { Quest, Reward } from '../definition/definition.rules.ts';
import { factsOfQuest, fieldOf, fields, settled } from '../definition/fields.rules.ts';
import { rewardFields } from '../definition/reward.rules.ts';
import { isName } from '../definition/values.rules.ts';
import type { QuestStore } from '../store.ts';

/** Quests and rewards by what clients and other subgraphs know of them, through the cache. */
export interface Lookups {
  questById: Lookup<Quest>;
  questByName: Lookup<Quest>;
  rewardById: Lookup<Reward>;
  /** These quests have just been changed. */
  keep(quests: readonly Quest[]): Promise<void>;
}

export function openLookups(cache: Cache, store: QuestStore): Lookups {
  const quest = { schema: questSchema, versionOf: ({ version }: Quest) => version, revive: reviveQuest };
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
    schema: schemaOf(Object.entries(rewardFields).map(([name, { shape }]) => [name, shape.form])),
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

/** What is written differently from one program to the next stands under another address, so that neither reads the other's during a deployment. */
const schemaOf = (...forms: unknown[]) => createHash('sha256').update(JSON.stringify(forms)).digest('hex').slice(0, 12);
const questSchema = schemaOf(
  fields.map((name) => [name, fieldOf(name).shape.form]),
  Object.entries(factsOfQuest).map(([name, { form }]) => [name, form]),
  ['rewards and steps with ids'],
);

/** JSON has no instants: they come back from their text. */
function reviveQuest(text: string): Quest {
  const stored = JSON.parse(text) as Quest;
  const facts = Object.entries(factsOfQuest).map(([name, shape]) => [name, shape.settle(stored[name as keyof Quest])]);
  const { rewards, steps } = stored;
  return {
    ...settled(stored),
    ...(Object.fromEntries(facts) as Pick<Quest, keyof typeof factsOfQuest>),
    rewards,
    steps,
  };
}
