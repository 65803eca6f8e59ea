import { randomUUID } from 'node:crypto';
import { LockMode, UniqueConstraintViolationException, sql } from '@mikro-orm/postgresql';
import { type Transaction, rows } from '../shared/database.ts';
import { event } from '../shared/events.ts';
import { failpoint } from '../shared/failpoint.ts';
import { timeOrderedId } from '../shared/ids.ts';
import { send } from '../shared/outbox.ts';
import { type StoredUser, UserRow } from './entities.ts';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** One query for all of these ids, in their order; null for an id that nobody has, which includes every id that is no UUID. */
export async function findUsers(em: Transaction, ids: readonly string[]): Promise<(StoredUser | null)[]> {
  const found = await em.find(UserRow, { id: { $in: ids.filter((id) => uuid.test(id)) } });
  const byId = new Map(found.map((user) => [user.id, user]));
  return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
}

/** The same user for Ada and ADA. */
export function findUserByName(em: Transaction, name: string): Promise<StoredUser | null> {
  return em.findOne(UserRow, { [sql.lower('name')]: name.toLowerCase() });
}

/** Held until the transaction ends: sign-ins, changes of password and bans of one user come one after another. */
export async function lockUser(transaction: Transaction, which: { id: string } | { deviceHash: string }) {
  if ('id' in which && !uuid.test(which.id)) return null;
  return transaction.findOne(UserRow, which, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

type NewUser = Pick<StoredUser, 'name' | 'timeZone' | 'createdAt'> &
  Partial<Pick<StoredUser, 'roles' | 'passwordHash' | 'deviceHash'>>;

/** A user who has not signed in yet. Rejects with an error that `isTaken` knows when the name or the device is another's. */
export async function saveUser(transaction: Transaction, facts: NewUser): Promise<StoredUser> {
  const user = transaction.create(UserRow, { id: randomUUID(), status: 'NEW', roles: ['PLAYER'], ...facts });
  await transaction.flush();
  return user;
}

export const isTaken = (error: unknown): boolean => error instanceof UniqueConstraintViolationException;

/**
 * The sign-in, the step from NEW to ACTIVE and the event commit together or not at all. Only players' sign-ins are recorded: operators and
 * services do no quests. A key that this user has used before changes nothing. The user must be locked by this transaction.
 */
export async function saveSignIn(
  transaction: Transaction,
  user: StoredUser,
  now: Date,
  idempotencyKey?: string | null,
) {
  const type = user.status === 'NEW' ? 'NewUserSignIn' : 'UserSignIn';
  user.status = 'ACTIVE';
  if (!user.roles.includes('PLAYER')) return;
  const id = timeOrderedId();
  const stored = await rows(
    transaction,
    `insert into sign_in (event_id, user_id, occurred_at, idempotency_key) values ($1, $2, $3, $4)
     on conflict (user_id, idempotency_key) where idempotency_key is not null do nothing returning event_id`,
    [id, user.id, now, idempotencyKey ?? null],
  );
  if (stored.length === 0) return;
  failpoint('auth.afterSignIn');
  const facts = { id, source: 'auth', userId: user.id, occurredAt: now };
  await send(transaction, [event(type, facts, { timeZone: user.timeZone })]);
}

/** Whether a sign-in of this user bears this key. */
export async function hasSignedIn(em: Transaction, userId: string, idempotencyKey: string): Promise<boolean> {
  const found = await rows(em, 'select 1 from sign_in where user_id = $1 and idempotency_key = $2', [
    userId,
    idempotencyKey,
  ]);
  return found.length > 0;
}

/** The user's calendar days begin elsewhere from now on; other rooms hear of it when the zone is another one. */
export async function changeZone(
  transaction: Transaction,
  user: StoredUser,
  timeZone: string,
  now: Date,
): Promise<void> {
  if (user.timeZone === timeZone) return;
  user.timeZone = timeZone;
  const facts = { id: randomUUID(), source: 'auth', userId: user.id, occurredAt: now };
  await send(transaction, [event('UserTimeZoneChanged', facts, { timeZone })]);
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

export async function rememberAddress(
  transaction: Transaction,
  userId: string,
  hash: string,
  now: Date,
): Promise<void> {
  await rows(
    transaction,
    'insert into known_address (user_id, address_hash, first_seen_at) values ($1, $2, $3) on conflict do nothing',
    [userId, hash, now],
  );
}
