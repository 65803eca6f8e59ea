import { type InferEntity, type Opt, defineEntity, p } from '@mikro-orm/postgresql';
import type { QuestTerms } from '../../shared/questTerms.rules.ts';
import type { Definition, Objective } from './definition/definition.rules.ts';

/** A column for each field of a definition. */
const columns = {
  name: p.string().unique(),
  title: p.string(),
  description: p.string(),
  /** Of a quest with objectives, these five repeat the first of them. */
  trigger: p.string(),
  streak: p.integer(),
  period: p.string().$type<QuestTerms['period']>(),
  graceHours: p.integer(),
  freezes: p.integer(),
  duplication: p.integer(),
  timeZone: p.string().nullable(),
  objectives: p.json<Objective[]>().nullable(),
  completes: p.string().$type<Definition['completes']>(),
  every: p.string().$type<NonNullable<Definition['every']>>().nullable(),
  cooldown: p.string().nullable(),
  requires: p.array(),
  autoClaim: p.boolean(),
  category: p.string().nullable(),
  tags: p.array(),
  startsAt: p.datetime(),
  endsAt: p.datetime().nullable(),
  hidden: p.boolean(),
};
// Rewards have rows of their own, and what steps pay stands among them.
columns satisfies Record<Exclude<keyof Definition, 'rewards' | 'steps'>, unknown>;

/** A quest as its newest version defines it. */
export const QuestRow = defineEntity({
  name: 'QuestRow',
  tableName: 'quest',
  properties: {
    id: p.uuid().primary(),
    ...columns,
    stepTargets: p.json<number[]>(),
    /** Every type of event that moves it: the database finds them. */
    types: p.array().generated('types_of(trigger, objectives)').$type<Opt<string[]>>(),
    archivedAt: p.datetime().nullable(),
    onArchive: p.string().$type<'FINISH' | 'STOP'>().nullable(),
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
    /** Which step pays it; null: the completion of a quest without steps. */
    step: p.integer().nullable(),
    position: p.integer(),
    name: p.string(),
    item: p.string(),
    quantity: p.bigint('number'),
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
    /** A user's id, or the name of a part of this subgraph. */
    changedBy: p.string(),
    changedAt: p.datetime(),
  },
});

export type StoredQuest = InferEntity<typeof QuestRow>;
export type StoredReward = InferEntity<typeof RewardRow>;
