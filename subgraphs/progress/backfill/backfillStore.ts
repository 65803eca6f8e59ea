import { LockMode } from '@mikro-orm/postgresql';
import { type Transaction, rows } from '../../../shared/database/database.ts';
import { type QuestTerms, termsOf } from '../../../shared/questTerms.rules.ts';
import { BackfillRow, type StoredBackfill } from '../entities.ts';

export type BackfillState = StoredBackfill['state'];

/** A job that counts the past for a version of a quest, as it was read. */
export type Backfill = Readonly<Omit<StoredBackfill, 'terms'>> & { terms: QuestTerms };

export const backfillOf = (row: StoredBackfill): Backfill => ({ ...row, terms: termsOf(row.terms) });

/** What a job has come to; of one that begins again nothing. */
export const untouched = { afterUser: null, players: 0, events: 0, completions: 0, payout: {}, firstPlayers: [] };

/** Notes that the past is to be counted. One that has a budget counts first what it would pay. */
export async function saveBackfills(
  transaction: Transaction,
  wanted: readonly Pick<Backfill, 'terms' | 'mode'>[],
  now: Date,
): Promise<Backfill[]> {
  const saved = wanted.map(({ terms, mode }) =>
    transaction.create(BackfillRow, {
      ...untouched,
      ...{ questId: terms.questId, version: terms.version, terms, mode },
      isCounting: mode === 'PREVIEW' || terms.maxPayout.length > 0,
      ...{ state: 'RUNNING', workingMs: 0, error: null, createdAt: now, updatedAt: now },
    }),
  );
  // The database numbers them.
  if (saved.length > 0) await transaction.flush();
  return saved.map(backfillOf);
}

/** A running job that nobody works at, held until the transaction ends. */
export function takeBackfill(transaction: Transaction): Promise<StoredBackfill | null> {
  const lockMode = LockMode.PESSIMISTIC_PARTIAL_WRITE;
  return transaction.findOne(BackfillRow, { state: 'RUNNING' }, { orderBy: { id: 'asc' }, lockMode });
}

/** Held until the transaction ends; whoever works at it has finished a range before. */
export async function lockBackfill(transaction: Transaction, id: string): Promise<StoredBackfill | null> {
  if (!/^\d{1,18}$/.test(id)) return null;
  return transaction.findOne(BackfillRow, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** The measures of a version count everything that was ever recorded. */
export async function markMeasured(
  transaction: Transaction,
  { questId, version }: Pick<Backfill, 'questId' | 'version'>,
): Promise<void> {
  await rows(
    transaction,
    'update measure set since = 0 where measure = any((select measures from quest_version where quest_id = $1 and version = $2)::uuid[])',
    [questId, version],
  );
}

/** The job went wrong, unless somebody has stopped it since. */
export async function failBackfill(em: Transaction, id: string, error: string, now: Date): Promise<void> {
  await em.nativeUpdate(BackfillRow, { id, state: 'RUNNING' }, { state: 'FAILED', error, updatedAt: now });
}

/** The last ones first; one more than the limit when there are more. */
export async function findBackfills(em: Transaction, limit: number, before: string | null): Promise<Backfill[]> {
  const where = before === null ? {} : { id: { $lt: before } };
  const found = await em.find(BackfillRow, where, { orderBy: { id: 'desc' }, limit: limit + 1 });
  return found.map(backfillOf);
}

/** The versions of which the past of a player is counted by now, from the first event on. */
export async function findBackfilled(em: Transaction, userId: string): Promise<{ questId: string; version: number }[]> {
  return em.find(
    BackfillRow,
    { mode: { $ne: 'PREVIEW' }, isCounting: false, afterUser: { $gte: userId } },
    { fields: ['questId', 'version'] },
  );
}

/** Names a player no more among those who come first. */
export async function forgetInBackfills(transaction: Transaction, userId: string): Promise<void> {
  const naming = await transaction.find(
    BackfillRow,
    { firstPlayers: { $contains: [userId] } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  );
  for (const row of naming) row.firstPlayers = row.firstPlayers.filter((id) => id !== userId);
  await transaction.flush();
}

/** The next players in the order of their ids, and held until the transaction ends. */
export async function lockNextPlayers(
  transaction: Transaction,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const locked = await rows<{ user_id: string }>(
    transaction,
    `select user_id from player where $1::uuid is null or user_id > $1 order by user_id limit $2 for no key update`,
    [after, limit],
  );
  return locked.map((row) => row.user_id);
}
