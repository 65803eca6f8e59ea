import { LockMode } from '@mikro-orm/postgresql';
import { type Transaction, rows } from '../../../shared/database/database.ts';
import { timeOrderedId } from '../../../shared/ids.ts';
import { CompensationRow, type StoredCompensation } from '../entities.ts';

export type Compensation = Readonly<StoredCompensation>;

export type NewCompensation = Pick<
  Compensation,
  'startsAt' | 'endsAt' | 'reason' | 'operatorId' | 'isDryRun' | 'idempotencyKey'
>;

/** The compensation of this key, stored by now if the operator had not used the key before, and held until the transaction ends. */
export async function saveCompensation(
  transaction: Transaction,
  wanted: NewCompensation,
  now: Date,
): Promise<{ row: StoredCompensation; isNew: boolean }> {
  const { operatorId, idempotencyKey, isDryRun } = wanted;
  const id = timeOrderedId();
  // Of two at once one waits here for the other, and then finds it.
  await transaction.upsert(
    CompensationRow,
    {
      ...wanted,
      id,
      ...{ state: 'RUNNING', afterUser: null, players: 0, streaks: 0, quests: {}, firstPlayers: [], error: null },
      ...{ createdAt: now, updatedAt: now },
    },
    { onConflictFields: ['operatorId', 'idempotencyKey', 'isDryRun'], onConflictAction: 'ignore' },
  );
  const lockMode = LockMode.PESSIMISTIC_WRITE;
  const row = await transaction.findOneOrFail(CompensationRow, { operatorId, idempotencyKey, isDryRun }, { lockMode });
  return { row, isNew: row.id === id };
}

/** A running one that nobody works at, held until the transaction ends. */
export function takeCompensation(transaction: Transaction): Promise<StoredCompensation | null> {
  const lockMode = LockMode.PESSIMISTIC_PARTIAL_WRITE;
  return transaction.findOne(CompensationRow, { state: 'RUNNING' }, { orderBy: { id: 'asc' }, lockMode });
}

export async function failCompensation(em: Transaction, id: string, error: string, now: Date): Promise<void> {
  await em.nativeUpdate(CompensationRow, { id, state: 'RUNNING' }, { state: 'FAILED', error, updatedAt: now });
}

/** The last ones first; one more than the limit when there are more. */
export function findCompensations(em: Transaction, limit: number, before: string | null): Promise<Compensation[]> {
  const where = before === null ? {} : { id: { $lt: before } };
  return em.find(CompensationRow, where, { orderBy: { id: 'desc' }, limit: limit + 1 });
}

/** Names a player no more among those who come first. */
export async function forgetInCompensations(transaction: Transaction, userId: string): Promise<void> {
  const naming = await transaction.find(
    CompensationRow,
    { firstPlayers: { $contains: [userId] } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  );
  for (const row of naming) row.firstPlayers = row.firstPlayers.filter((id) => id !== userId);
  await transaction.flush();
}

/** The next players who have counted by one of these measures, in the order of their ids. */
export async function findNextPlayers(
  em: Transaction,
  measures: readonly string[],
  after: string | null,
  limit: number,
): Promise<string[]> {
  const found = await rows<{ user_id: string }>(
    em,
    `select user_id from player where ($2::uuid is null or user_id > $2)
       and exists (select from measure_value v where v.user_id = player.user_id and v.measure = any($1::uuid[])) order by user_id limit $3`,
    [measures, after, limit],
  );
  return found.map((row) => row.user_id);
}
