import { type Transaction, rows } from '../../../shared/database/database.ts';
import { event } from '../../../shared/events.ts';
import { failpoint } from '../../../shared/process/failpoint.ts';
import { timeOrderedId } from '../../../shared/ids.ts';
import { send } from '../../../shared/delivery/outbox.ts';
import type { StoredUser } from '../entities.ts';
import { savePresence } from '../presence/presenceStore.ts';

export interface NewSignIn {
  user: StoredUser;
  now: Date;
  idempotencyKey?: string | null | undefined;
}

/**
 * Sign-ins, the step from NEW to ACTIVE, the day that begins for the player and their events commit together or not at all. Only players' sign-ins are recorded: operators and
 * services do no quests. A key that this user has used before changes nothing. The users must be locked by this transaction.
 */
export async function saveSignIns(transaction: Transaction, signIns: readonly NewSignIn[]): Promise<void> {
  const newcomers = new Set(signIns.flatMap(({ user }) => (user.status === 'NEW' ? user : [])));
  const daysBegun = await savePresence(transaction, signIns);
  const facts = signIns.flatMap(({ user, now, idempotencyKey }) => {
    const type = newcomers.delete(user) ? ('NewUserSignIn' as const) : ('UserSignIn' as const);
    return user.roles.includes('PLAYER') ? [{ id: timeOrderedId(), type, user, now, idempotencyKey }] : [];
  });
  if (facts.length === 0) return;
  const stored = await rows<{ event_id: string }>(
    transaction,
    `insert into sign_in (event_id, user_id, occurred_at, idempotency_key)
     select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[])
     on conflict (user_id, idempotency_key) where idempotency_key is not null do nothing returning event_id`,
    [
      facts.map(({ id }) => id),
      facts.map(({ user }) => user.id),
      facts.map(({ now }) => now),
      facts.map(({ idempotencyKey }) => idempotencyKey ?? null),
    ],
  );
  failpoint('auth.afterSignIn');
  const isStored = new Set(stored.map(({ event_id }) => event_id));
  const events = facts.filter(({ id }) => isStored.has(id));
  const signedIn = events.map(({ id, type, user: { id: userId, timeZone }, now }) =>
    event(type, { id, source: 'auth', userId, occurredAt: now }, { timeZone }),
  );
  await send(transaction, [...signedIn, ...daysBegun]);
}

/** Whether a sign-in of this user bears this key. */
export async function hasSignedIn(em: Transaction, userId: string, idempotencyKey: string): Promise<boolean> {
  const found = await rows(em, 'select 1 from sign_in where user_id = $1 and idempotency_key = $2', [
    userId,
    idempotencyKey,
  ]);
  return found.length > 0;
}

/** Whether this user has signed in at all. */
export async function hasEverSignedIn(em: Transaction, userId: string): Promise<boolean> {
  return (await rows(em, 'select 1 from sign_in where user_id = $1 limit 1', [userId])).length > 0;
}

/** An id that nobody has: whoever is looked up by it takes as long as a real one. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** Whether this user has come in from this address before. */
export async function addressKnown(em: Transaction, userId: string | undefined, hash: string | null): Promise<boolean> {
  const found = await rows(em, 'select 1 from known_address where user_id = $1 and address_hash = $2', [
    userId ?? nobody,
    hash,
  ]);
  return found.length > 0;
}

export async function rememberAddresses(
  transaction: Transaction,
  addresses: readonly { id: string; newAddress: string; now: Date }[],
): Promise<void> {
  if (addresses.length === 0) return;
  await rows(
    transaction,
    `insert into known_address (user_id, address_hash, first_seen_at)
     select * from unnest($1::uuid[], $2::text[], $3::timestamptz[]) on conflict do nothing`,
    [addresses.map(({ id }) => id), addresses.map(({ newAddress }) => newAddress), addresses.map(({ now }) => now)],
  );
}
