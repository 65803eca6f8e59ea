import { type Transaction, rows } from '../../../shared/database/database.ts';

/** What posts come to somebody. */
export interface Interest {
  category: string;
  /** None: all of the category. */
  tags: string[];
}

export async function saveInterest(
  transaction: Transaction,
  userId: string,
  { category, tags }: Interest,
): Promise<void> {
  await rows(
    transaction,
    `insert into interest (category, user_id, tags) values ($1, $2, $3) on conflict (category, user_id) do update set tags = excluded.tags`,
    [category, userId, tags],
  );
}

/** False: there was none. */
export async function removeInterest(transaction: Transaction, userId: string, category: string): Promise<boolean> {
  const removed = await rows(transaction, 'delete from interest where category = $1 and user_id = $2 returning 1', [
    category,
    userId,
  ]);
  return removed.length > 0;
}

export const findInterests = (em: Transaction, userId: string): Promise<Interest[]> =>
  rows(em, 'select category, tags from interest where user_id = $1 order by category', [userId]);
