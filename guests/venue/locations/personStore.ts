import { type Transaction, rows } from '../../../shared/database/database.ts';
import { holdWatch } from '../visits/unseenStore.ts';

/** Notes whether somebody shares locations. Whoever does no longer leaves nothing behind. */
export async function saveConsent(transaction: Transaction, userId: string, shares: boolean): Promise<void> {
  if (!shares) await holdWatch(transaction);
  await rows(
    transaction,
    'insert into person (user_id, shares) values ($1, $2) on conflict (user_id) do update set shares = excluded.shares',
    [userId, shares],
  );
  // The row is locked, so no batch of this person is under way.
  if (!shares) await forgetLocations(transaction, [userId]);
}

export async function findConsent(em: Transaction, userId: string): Promise<boolean> {
  const [person] = await rows<{ shares: boolean }>(em, 'select shares from person where user_id = $1', [userId]);
  return person?.shares ?? false;
}

/** Of these people those who share, each held by this transaction until it ends. */
export async function holdSharing(transaction: Transaction, userIds: readonly string[]): Promise<Set<string>> {
  const sharing = await rows<{ user_id: string }>(
    transaction,
    'select user_id from person where user_id = any($1::uuid[]) and shares order by user_id for no key update',
    [userIds],
  );
  return new Set(sharing.map(({ user_id }) => user_id));
}

/** Removes where these users were, and whom they met there. */
async function forgetLocations(transaction: Transaction, userIds: readonly string[]): Promise<void> {
  for (const table of ['fix', 'unseen', 'visit'])
    await rows(transaction, `delete from ${table} where user_id = any($1::uuid[])`, [userIds]);
  await rows(transaction, 'delete from meeting where low = any($1::uuid[]) or high = any($1::uuid[])', [userIds]);
}

/** Removes all that names these users. */
export async function forgetUsers(transaction: Transaction, userIds: readonly string[]): Promise<void> {
  await holdWatch(transaction);
  // First, so that a batch that is under way ends before.
  await rows(transaction, 'delete from person where user_id = any($1::uuid[])', [userIds]);
  await forgetLocations(transaction, userIds);
}
