import { type Transaction, rows } from '../../../shared/database/database.ts';

/** Whom somebody does not want to hear of any more. */

export const blocksAtMost = 1000;

/** False: there are as many as there may be. */
export async function saveBlock(transaction: Transaction, userId: string, authorId: string): Promise<boolean> {
  // One at a time for each user, so that those at the same moment count each other.
  await rows(transaction, 'select pg_advisory_xact_lock(hashtextextended($1, 1))', [userId]);
  const saved = await rows(
    transaction,
    `insert into block (user_id, author_id) select $1, $2 where (select count(*) from block where user_id = $1) < $3
       or exists (select from block where user_id = $1 and author_id = $2)
     on conflict (user_id, author_id) do update set author_id = excluded.author_id returning 1`,
    [userId, authorId, blocksAtMost],
  );
  return saved.length > 0;
}

/** False: there was none. */
export async function removeBlock(transaction: Transaction, userId: string, authorId: string): Promise<boolean> {
  const removed = await rows(transaction, 'delete from block where user_id = $1 and author_id = $2 returning 1', [
    userId,
    authorId,
  ]);
  return removed.length > 0;
}

export async function findBlocked(em: Transaction, userId: string): Promise<string[]> {
  const found = await rows<{ author_id: string }>(
    em,
    'select author_id from block where user_id = $1 order by author_id',
    [userId],
  );
  return found.map((row) => row.author_id);
}
