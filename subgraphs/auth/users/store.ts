import { randomUUID } from 'node:crypto';
import { LockMode, sql } from '@mikro-orm/postgresql';
import { type Transaction, rows, sqlState } from '../../../shared/database/database.ts';
import { isUuid } from '../../../shared/uuid.rules.ts';
import { type StoredUser, UserRow } from '../entities.ts';

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
type PlainUser = Omit<StoredUser, 'createdAt' | 'activeUntil'> & { createdAt: string; activeUntil: string | null };
const columns = `id, name, display_name as "displayName", status, roles, time_zone as "timeZone", password_hash as "passwordHash", device_hash as "deviceHash",
  created_at as "createdAt", active_day as "activeDay", active_until as "activeUntil"`;
const userOf = (row: PlainUser): StoredUser => ({
  ...row,
  createdAt: new Date(row.createdAt),
  activeUntil: row.activeUntil === null ? null : new Date(row.activeUntil),
});

/** Whose session this refresh token belongs to, by its hash. */
export async function findUserByToken(em: Transaction, tokenHash: string): Promise<StoredUser | null> {
  const [found] = await rows<PlainUser>(
    em,
    `select ${columns} from users where id =
       (select user_id from refresh_token join session on session.id = session_id where token_hash = $1)`,
    [tokenHash],
  );
  return found ? userOf(found) : null;
}

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
  Partial<Pick<StoredUser, 'displayName' | 'roles' | 'passwordHash' | 'deviceHash'>>;

/** A user who has not signed in yet. Rejects with an error that `isTaken` knows when the name or the device is another's. */
export async function saveUser(transaction: Transaction, facts: NewUser): Promise<StoredUser> {
  const nothingYet = { displayName: null, passwordHash: null, deviceHash: null, activeDay: null, activeUntil: null };
  const user: StoredUser = { id: randomUUID(), status: 'NEW', roles: ['PLAYER'], ...nothingYet, ...facts };
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

/** The same password, hashed under today's terms. */
export async function changePasswordHash(transaction: Transaction, user: StoredUser, hash: string): Promise<void> {
  await transaction.nativeUpdate(UserRow, { id: user.id }, { passwordHash: hash });
  user.passwordHash = hash;
}

/** The operators who may sign in, held until the transaction ends: two of them cannot ban each other at once. */
export async function lockOperators(transaction: Transaction): Promise<string[]> {
  const found = await rows<{ id: string }>(
    transaction,
    `select id from users where 'OPERATOR' = any (roles) and status <> 'BANNED' order by id for update`,
  );
  return found.map(({ id }) => id);
}
