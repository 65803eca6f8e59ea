import { type InferEntity, defineEntity, p } from '@mikro-orm/postgresql';
import type { QuestTerms } from '../../shared/questTerms.rules.ts';

/** A quest as its newest version defines it. */
export const QuestRow = defineEntity({
  name: 'QuestRow',
  tableName: 'quest',
  properties: {
    id: p.uuid().primary(),
    name: p.string().unique(),
    title: p.string(),
    description: p.string(),
    trigger: p.string(),
    streak: p.integer(),
    duplication: p.integer(),
    period: p.string().$type<QuestTerms['period']>(),
    timeZone: p.string().nullable(),
    graceHours: p.integer(),
    freezes: p.integer(),
    autoClaim: p.boolean(),
    category: p.string().nullable(),
    tags: p.array(),
    startsAt: p.datetime(),
    endsAt: p.datetime().nullable(),
    hidden: p.boolean(),
    archivedAt: p.datetime().nullable(),
    version: p.integer(),
    createdAt: p.datetime(),
    rewards: () => p.oneToMany(RewardRow).mappedBy('quest').orderBy({ position: 'asc' }),
  },
});

/** Never changes what it pays: a quest that pays something else from now on gets another row, so that old completions keep theirs. */
export const RewardRow = defineEntity({
  name: 'RewardRow',
  tableName: 'reward',
  properties: {
    id: p.uuid().primary(),
    quest: () => p.manyToOne(QuestRow),
    position: p.integer(),
    name: p.string(),
    item: p.string(),
    quantity: p.integer(),
    sinceVersion: p.integer(),
    /** The first version that no longer pays it; null: the newest one does. */
    untilVersion: p.integer().nullable(),
  },
});

/** What a quest was in each of its versions, and who made it so. The database refuses to change or delete one. */
export const QuestVersionRow = defineEntity({
  name: 'QuestVersionRow',
  tableName: 'quest_version',
  properties: {
    quest: () => p.manyToOne(QuestRow).primary(),
    version: p.integer().primary(),
    terms: p.json<unknown>(),
    /** A user's id, or the name of a part of this room. */
    changedBy: p.string(),
    changedAt: p.datetime(),
  },
});

export type StoredQuest = InferEntity<typeof QuestRow>;
export type StoredReward = InferEntity<typeof RewardRow>;
