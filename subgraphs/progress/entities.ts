import { type InferEntity, defineEntity, p } from '@mikro-orm/postgresql';
import type { ToldTerms } from '../../shared/questTerms.rules.ts';

/**
 * Rows that an operator or a job reads, decides on and changes one at a time are entities, and nothing but the EntityManager writes them: a unit of work
 * writes what has changed, under the lock modes that SQL would take. All else is SQL through the same transaction, and never an entity, because it is
 * written as sets: values, enrolments, completions, ledger and events by the counter, a batch of players in one statement; pauses by compensations,
 * hundreds at a time, and read by the counter for whole batches.
 */

/** A job that counts the past for a version of a quest. */
export const BackfillRow = defineEntity({
  name: 'BackfillRow',
  tableName: 'backfill',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    questId: p.uuid(),
    version: p.integer(),
    terms: p.json<ToldTerms>(),
    mode: p.string().$type<'SILENT' | 'NOTIFY' | 'PREVIEW'>(),
    state: p.string().$type<'RUNNING' | 'PAUSED' | 'STOPPED' | 'DONE' | 'FAILED' | 'REFUSED'>(),
    /** It writes nothing yet, or never will. */
    isCounting: p.boolean(),
    /** The last player of the ranges that are done; null: none is. */
    afterUser: p.uuid().strictNullable(),
    players: p.bigint('number'),
    events: p.bigint('number'),
    completions: p.bigint('number'),
    /** Quantities by item. */
    payout: p.json<Record<string, number>>(),
    firstPlayers: p.array().columnType('uuid[]'),
    /** How long it has worked, without the time in which it was paused. */
    workingMs: p.bigint('number'),
    error: p.string().strictNullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});
export type StoredBackfill = InferEntity<typeof BackfillRow>;

/** One deed of an operator that pauses what an outage has cost each player, or only counts that. */
export const CompensationRow = defineEntity({
  name: 'CompensationRow',
  tableName: 'compensation',
  properties: {
    id: p.uuid().primary(),
    startsAt: p.datetime(),
    endsAt: p.datetime(),
    reason: p.string(),
    operatorId: p.uuid(),
    /** The same key of the same operator is the same compensation; a dry run has keys of its own. */
    idempotencyKey: p.string(),
    isDryRun: p.boolean(),
    state: p.string().$type<'RUNNING' | 'DONE' | 'FAILED'>(),
    /** The last player of the pages that are done; null: none is. */
    afterUser: p.uuid().strictNullable(),
    players: p.bigint('number'),
    streaks: p.bigint('number'),
    /** Streaks by quest. */
    quests: p.json<Record<string, number>>(),
    firstPlayers: p.array().columnType('uuid[]'),
    error: p.string().strictNullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});
export type StoredCompensation = InferEntity<typeof CompensationRow>;
