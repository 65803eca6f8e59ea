import { randomUUID } from 'node:crypto';
import { type Transaction, rows } from '../../../shared/database/database.ts';
import { event } from '../../../shared/events.ts';
import { send } from '../../../shared/delivery/outbox.ts';
import { isUuid } from '../../../shared/uuid.rules.ts';
import { saveAudit } from '../audit/auditStore.ts';
import { endSessions } from '../sessions/sessionStore.ts';

/**
 * Removes a user and everything that names one: sign-in name, display name, device, provider accounts, addresses, and the words of operators on the
 * audit log. Other subgraphs hear of it and do the same. The user must be locked by this transaction.
 */
export async function eraseUser(
  transaction: Transaction,
  userId: string,
  by: { actorId: string; action: string; requestId: string },
  now: Date,
): Promise<void> {
  await endSessions(transaction, { userId }, 'DELETED', now);
  await transaction.flush();
  transaction.clear();
  await rows(transaction, 'delete from users where id = $1', [userId]);
  await rows(transaction, 'insert into deleted_user (user_id, deleted_at) values ($1, $2)', [userId, now]);
  await rows(transaction, `select set_config('questline.deleted_user', $1, true)`, [userId]);
  await rows(
    transaction,
    `update audit set target_name = null, reason = null
     where lower(target_id) = $1 and (target_name is not null or reason is not null)`,
    [userId],
  );
  // Sealed audit entries about the user, which could not be stored.
  await rows(transaction, 'delete from dead_letter where strpos(lower(sealed), $1) > 0', [userId]);
  await saveAudit(transaction, now, { ...by, targetId: userId, outcome: 'DONE' });
  await send(transaction, [event('UserDeleted', { id: randomUUID(), source: 'auth', userId, occurredAt: now }, {})]);
}

/** Those of these ids whose users have been deleted. Users who are there stay until the transaction ends. */
export async function findDeleted(transaction: Transaction, ids: readonly (string | null)[]): Promise<Set<string>> {
  const asked = ids.filter((id) => id !== null && isUuid(id));
  if (asked.length === 0) return new Set();
  await rows(transaction, 'select from users where id = any($1::uuid[]) order by id for key share', [asked]);
  const found = await rows<{ user_id: string }>(
    transaction,
    'select user_id from deleted_user where user_id = any($1::uuid[])',
    [asked],
  );
  return new Set(found.map((row) => row.user_id));
}
