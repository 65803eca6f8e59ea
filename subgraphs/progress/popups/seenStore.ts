import { type Transaction, rows } from '../../../shared/database/database.ts';

export async function countPopups(em: Transaction, userId: string, isUnseenOnly: boolean): Promise<number> {
  const [row] = await rows<{ count: number }>(
    em,
    'select count(*)::int as count from popup where user_id = $1 and (not $2 or seen_at is null)',
    [userId, isUnseenOnly],
  );
  return row!.count;
}

/** Marks the player's popups of these completions, and all up to a place in the list; what was seen before keeps its time. */
export async function saveSeen(
  em: Transaction,
  userId: string,
  completionIds: readonly string[],
  upTo: string | null,
): Promise<void> {
  await rows(
    em,
    `update popup set seen_at = clock_timestamp()
     where user_id = $1 and seen_at is null and (completion_id = any($2::uuid[]) or seq <= $3)`,
    [userId, completionIds, upTo],
  );
}
