import { randomUUID } from 'node:crypto';
import { LockMode, sql } from '@mikro-orm/postgresql';
import { type Transaction, rows, sqlState } from '../../shared/database.ts';
import { event } from '../../shared/events.ts';
import { failpoint } from '../../shared/failpoint.ts';
import { timeOrderedId } from '../../shared/ids.ts';
import { send } from '../../shared/outbox.ts';
import { isUuid } from '../../shared/uuid.rules.ts';
import { type StoredUser, UserRow } from './entities.ts';

/** One query for all of these ids, in their order; null for an id that nobody has, which includes every id that is no UUID. */
export async function findUsers(em: Transaction, ids: readonly string[]): Promise<(StoredUser | null)[]> {
  const found = await em.find(UserRow, { id: { $in: ids.filter(isUuid) } });
  const byId = new Map(found.map((user) => [user.id, user]));
  return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
}

/** The same user for Ada and ADA. */
export function findUserByName(em: Transaction, name: string): Promise<StoredUser | null> {
  return em.findOne(UserRow, { [sql.lower('name')]: name.toLowerCase() });
}

/** Held until the transaction ends: sign-ins, changes of password and bans of one user come one after another. */
export async function lockUser(transaction: Transaction, id: string) {
  if (!isUuid(id)) return null;
  return transaction.findOne(UserRow, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** Who comes in is read by the thousand and hardly ever changed: as plain rows, which the ORM does not watch. */
type PlainUser = Omit<StoredUser, 'createdAt'> & { createdAt: string };
const columns = `id, name, status, roles, time_zone as "timeZone", password_hash as "passwordHash", device_hash as "deviceHash", created_at as "createdAt"`;
const userOf = (row: PlainUser): StoredUser => ({ ...row, createdAt: new Date(row.createdAt) });

/** By what a user is found who wants to come in. */
export type UserKey = { id: string } | { deviceHash: string };

/**
 * The same for many, in the order of the keys; null for one who is not there. Without patience it is null as well for a row that another
 * transaction holds.
 */
export async function lockUsers(transaction: Transaction, keys: readonly UserKey[], isPatient: boolean) {
  const ids = keys.flatMap((key) => ('id' in key ? key.id : []));
  const devices = keys.flatMap((key) => ('deviceHash' in key ? key.deviceHash : []));
  const found = await rows<PlainUser>(
    transaction,
    `select ${columns} from users where id = any($1::uuid[]) or device_hash = any($2::text[]) order by id
     for update ${isPatient ? '' : 'skip locked'}`,
    [ids, devices],
  );
  const users = found.map(userOf);
  const byKey = new Map(users.flatMap((user) => [[user.id, user] as const, [user.deviceHash, user] as const]));
  return keys.map((key) => byKey.get('id' in key ? key.id : key.deviceHash) ?? null);
}

export type NewUser = Pick<StoredUser, 'name' | 'timeZone' | 'createdAt'> &
  Partial<Pick<StoredUser, 'roles' | 'passwordHash' | 'deviceHash'>>;

/** A user who has not signed in yet. Rejects with an error that `isTaken` knows when the name or the device is another's. */
export async function saveUser(transaction: Transaction, facts: NewUser): Promise<StoredUser> {
  const noSecrets = { passwordHash: null, deviceHash: null };
  const user: StoredUser = { id: randomUUID(), status: 'NEW', roles: ['PLAYER'], ...noSecrets, ...facts };
  await transaction.insert(UserRow, user);
  return user;
}

/** PostgreSQL's unique_violation. */
export const isTaken = (error: unknown): boolean => sqlState(error) === '23505';

/** Stores guests, by device; those whose device or name is taken, perhaps this very moment, are left out. */
export async function saveGuests(
  transaction: Transaction,
  guests: readonly (NewUser & { deviceHash: string })[],
): Promise<Map<string, StoredUser>> {
  if (guests.length === 0) return new Map();
  // Always in the same order, so that two transactions with the same devices wait for each other and not both for ever.
  const sorted = guests.toSorted((a, b) => (a.deviceHash < b.deviceHash ? -1 : 1));
  const stored = await rows<PlainUser>(
    transaction,
    `insert into users (id, name, status, roles, time_zone, device_hash, created_at)
     select id, name, 'NEW', '{PLAYER}', zone, device, created
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) as g (id, name, zone, device, created)
     on conflict do nothing returning ${columns}`,
    [
      sorted.map(() => randomUUID()),
      sorted.map(({ name }) => name),
      sorted.map(({ timeZone }) => timeZone),
      sorted.map(({ deviceHash }) => deviceHash),
      sorted.map(({ createdAt }) => createdAt),
    ],
  );
  return new Map(stored.map(userOf).map((user) => [user.deviceHash!, user]));
}

export interface NewSignIn {
  user: StoredUser;
  now: Date;
  idempotencyKey?: string | null | undefined;
}

/**
 * Sign-ins, the step from NEW to ACTIVE and their events commit together or not at all. Only players' sign-ins are recorded: operators and
 * services do no quests. A key that this user has used before changes nothing. The users must be locked by this transaction.
 */
export async function saveSignIns(transaction: Transaction, signIns: readonly NewSignIn[]): Promise<void> {
  const newcomers = signIns.flatMap(({ user }) => (user.status === 'NEW' ? user.id : []));
  if (newcomers.length > 0)
    await rows(transaction, `update users set status = 'ACTIVE' where id = any($1)`, [newcomers]);
  const facts = signIns.flatMap(({ user, now, idempotencyKey }) => {
    const type = user.status === 'NEW' ? ('NewUserSignIn' as const) : ('UserSignIn' as const);
    user.status = 'ACTIVE';
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
  await send(
    transaction,
    events.map(({ id, type, user: { id: userId, timeZone }, now }) =>
      event(type, { id, source: 'auth', userId, occurredAt: now }, { timeZone }),
    ),
  );
}

/** The same password, hashed under today's terms. */
export async function changePasswordHash(transaction: Transaction, user: StoredUser, hash: string): Promise<void> {
  await transaction.nativeUpdate(UserRow, { id: user.id }, { passwordHash: hash });
  user.passwordHash = hash;
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
