import { type Transaction, rows } from '../../../shared/database/database.ts';
import { sendAuditEntry } from '../../../shared/delivery/auditEntries.ts';
import { Refusal } from '../../../shared/errors.ts';
import type { Change } from '../../../shared/events.ts';
import { timeOrderedId } from '../../../shared/ids.ts';
import { isSameGrant } from './grant.rules.ts';
import type { Reward } from './ledger.rules.ts';
import { findBalances, pay } from './ledgerStore.ts';
import { lockPlayers } from '../players/playerStore.ts';

/** Something that an operator gave a player without a completion. */
export interface Grant {
  id: string;
  userId: string;
  rewards: readonly Reward[];
  reason: string;
  grantedAt: Date;
}

export interface NewGrant {
  userId: string;
  rewards: readonly Reward[];
  reason: string;
  /** The operator's own: the same key again is the same grant to that player again. */
  idempotencyKey: string;
  /** The operator. */
  actorId: string;
  requestId: string;
  now: Date;
}

export const unknownPlayer = () => new Refusal('NOT_FOUND', 'There is no player with this id who has ever signed in.');

/**
 * Pays a grant, once per player, operator and key, and puts it on record. Throws NOT_FOUND for who has never signed in: progress has no wallet for
 * them; CONFLICT for a key that was used for something else, and when the wallet cannot hold it.
 */
export async function saveGrant(transaction: Transaction, wanted: NewGrant): Promise<Grant> {
  const { actorId, userId, reason, idempotencyKey, requestId, now } = wanted;
  const rewards = wanted.rewards.map(({ item, quantity }) => ({ item, quantity }));
  const locked = await lockPlayers(transaction, [userId]);
  if (!locked.has(userId)) throw unknownPlayer();
  const grant: Grant = { id: timeOrderedId(), userId, rewards, reason, grantedAt: now };
  const stored = await rows(
    transaction,
    `insert into reward_grant (id, user_id, rewards, reason, granted_at, operator_id, idempotency_key)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (user_id, operator_id, idempotency_key) do nothing returning id`,
    [grant.id, userId, JSON.stringify(rewards), reason, now, actorId, idempotencyKey],
  );
  if (stored.length === 0) return findSame(transaction, wanted);

  const owned = new Map((await findBalances(transaction, [userId])).map(({ item, quantity }) => [item, quantity]));
  await pay(transaction, [{ grantId: grant.id, userId, rewards }], now);
  const changes = rewards.map(({ item, quantity }): Change => {
    const before = owned.get(item) ?? 0;
    return { field: item, before: String(before), after: String(before + quantity) };
  });
  const entry = { actorId, action: 'GRANT_REWARD', targetId: userId, targetName: null, reason, changes, requestId };
  await sendAuditEntry(transaction, 'progress', { ...entry, outcome: 'DONE' }, now);
  return grant;
}

/** What this key was used for before. Throws CONFLICT when that was something else. */
async function findSame(transaction: Transaction, wanted: NewGrant): Promise<Grant> {
  const [found] = await rows<GrantRow>(
    transaction,
    `select ${columns} from reward_grant where user_id = $1 and operator_id = $2 and idempotency_key = $3`,
    [wanted.userId, wanted.actorId, wanted.idempotencyKey],
  );
  const grant = grantOf(found!);
  if (!isSameGrant(grant, wanted))
    throw new Refusal('CONFLICT', 'This idempotencyKey was used before for another grant.');
  return grant;
}

interface GrantRow extends Omit<Grant, 'grantedAt'> {
  grantedAt: string;
}

const columns = `id, user_id as "userId", rewards, reason, granted_at as "grantedAt"`;
const grantOf = (row: GrantRow): Grant => ({ ...row, grantedAt: new Date(row.grantedAt) });

/** By whose they are and their ids. */
export async function findGrants(em: Transaction, wanted: readonly { userId: string; id: string }[]): Promise<Grant[]> {
  const found = await rows<GrantRow>(
    em,
    `select ${columns} from reward_grant where (user_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))`,
    [wanted.map(({ userId }) => userId), wanted.map(({ id }) => id)],
  );
  return found.map(grantOf);
}
