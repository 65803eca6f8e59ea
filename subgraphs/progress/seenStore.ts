import { type Transaction, rows } from '../shared/database.ts';
import { type Completion, type CompletionRow, completionOf, selectCompletion } from './historyStore.ts';

/** The player's completions whose popup was not seen, newest first, one more than the limit when there are more. */
export async function findUnseen(
  em: Transaction,
  userId: string,
  limit: number,
  before: string | null,
): Promise<Completion[]> {
  const found = await rows<CompletionRow>(
    em,
    `${selectCompletion} where popup.user_id = $1 and popup.seen_at is null and ($3::bigint is null or popup.seq < $3)
     order by popup.seq desc limit $2`,
    [userId, limit + 1, before],
  );
  return found.map(completionOf);
}

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
