import DataLoader from 'dataloader';
import { type Transaction, sqlState } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import type { Commit } from '../commit.ts';
import type { StoredUser } from '../entities.ts';
import { type OpenSession, saveSessions } from '../sessions/sessionStore.ts';
import { rememberAddresses, saveSignIns } from './signInStore.ts';
import { type NewUser, type UserKey, changePasswordHash, lockUsers, saveGuests } from '../users/store.ts';
import { tooBusy, turnstile } from './turnstile.ts';

/** Someone who has proved who they are and wants to come in. */
export interface Entry {
  who: UserKey;
  /** The guest to be stored when this device has none yet; asked again when the name was drawn before. */
  guest?: () => NewUser & { deviceHash: string };
  /** What the password was verified against. */
  passwordHash?: string;
  /** The same password, hashed under today's terms. */
  rehashed?: string | undefined;
  /** Hash of an address that this user has not come from before. */
  newAddress?: string | undefined;
  idempotencyKey?: string | null | undefined;
  now: Date;
}

export interface Admitted {
  user: StoredUser;
  open: OpenSession;
}

/**
 * Lets somebody in: the sign-in, its event and the session are committed when this resolves. Undefined: the password is not the stored one
 * any more, or the user is gone. Throws FORBIDDEN for the banned, UNAVAILABLE when too many wait.
 */
export type Admission = (entry: Entry) => Promise<Admitted | undefined>;

/** ELSEWHERE: the row is locked by another transaction at this moment, or being created by it. */
type Outcome = Admitted | 'BANNED' | 'ELSEWHERE' | 'LATE' | undefined;

interface Waiting {
  entry: Entry;
  since: number;
}

const together = 100;
const waiting = 1000;
/** Nobody waits longer at either door. Whoever asked has given up soon after, and what is done for them then is missing for others. */
const patienceMs = 1500;

/**
 * Sign-ins commit together: those who come while one transaction is under way gather for the next, so that many at once cost little more
 * than one, and nobody waits for a timer. No one holds the others up: whose row is locked elsewhere, or cannot be stored, goes alone.
 */
export function openAdmission(commit: Commit): Admission {
  const commitAll = (entries: readonly Entry[], isPatient: boolean) =>
    commit((transaction) => admit(transaction, entries, isPatient));
  const elsewhere = (entries: readonly Entry[]) => entries.map((): Outcome => 'ELSEWHERE');
  const commitTogether = (entries: readonly Entry[]) =>
    commitAll(entries, false).catch((error: unknown) =>
      isOfData(error) ? elsewhere(entries) : Promise.reject(error as Error),
    );

  const oneByOne = turnstile(4, waiting, patienceMs);
  const commitAlone = async (entry: Entry): Promise<Outcome> => {
    const commitOne = async () => (await commitAll([entry], true))[0];
    // A guest whom another process was creating is found the second time; a name that was drawn before is drawn anew.
    for (let tries = 0; tries < 3; tries++) {
      const outcome = await oneByOne(commitOne);
      if (outcome !== 'ELSEWHERE') return outcome;
    }
    return 'ELSEWHERE';
  };

  let underWay: Promise<unknown> = Promise.resolve();
  const queue = new DataLoader<Waiting, Outcome>(
    async (all) => {
      const isInTime = ({ since }: Waiting) => performance.now() - since < patienceMs;
      const inTime = all.filter(isInTime);
      const working = inTime.length > 0 ? commitTogether(inTime.map(({ entry }) => entry)) : Promise.resolve([]);
      underWay = working.catch(() => {});
      const outcomes = new Map((await working).map((outcome, n) => [inTime[n], outcome]));
      return all.map((one) => (outcomes.has(one) ? outcomes.get(one) : 'LATE'));
    },
    { cache: false, maxBatchSize: together, batchScheduleFn: (begin) => void underWay.then(() => setImmediate(begin)) },
  );

  let inside = 0;
  return async (entry) => {
    if (inside >= waiting) throw tooBusy();
    inside++;
    try {
      const first = await queue.load({ entry, since: performance.now() });
      const outcome = first === 'ELSEWHERE' ? await commitAlone(entry) : first;
      if (outcome === 'ELSEWHERE' || outcome === 'LATE') throw tooBusy();
      if (outcome === 'BANNED') throw new Refusal('FORBIDDEN', 'This account is banned.');
      return outcome;
    } finally {
      inside--;
    }
  };
}

/** The first sign-in of a user whom this transaction has created. */
export async function admitNewcomer(
  transaction: Transaction,
  user: StoredUser,
  { now, idempotencyKey }: Pick<Entry, 'now' | 'idempotencyKey'>,
): Promise<Admitted> {
  await saveSignIns(transaction, [{ user, now, idempotencyKey }]);
  const [open] = await saveSessions(transaction, [{ userId: user.id, now }]);
  return { user, open: open! };
}

async function admit(transaction: Transaction, entries: readonly Entry[], isPatient: boolean): Promise<Outcome[]> {
  const keys = entries.map(({ who }) => who);
  const known = await lockUsers(transaction, keys, isPatient);
  const unknown = entries.filter((_, n) => !known[n]);
  const guests = await saveGuests(
    transaction,
    unknown.flatMap(({ guest }) => guest?.() ?? []),
  );
  const admissions: { entry: Entry; user: StoredUser }[] = [];
  const outcomes = entries.map((entry, n): (() => Outcome) => {
    const user = known[n] ?? ('deviceHash' in entry.who ? guests.get(entry.who.deviceHash) : undefined);
    if (!user) return () => (isPatient && !entry.guest ? undefined : 'ELSEWHERE');
    if (user.status === 'BANNED') return () => 'BANNED';
    if (entry.passwordHash && entry.passwordHash !== user.passwordHash) return () => undefined;
    const place = admissions.push({ entry, user }) - 1;
    return () => ({ user, open: opened[place]! });
  });
  for (const { entry, user } of admissions)
    if (entry.rehashed) await changePasswordHash(transaction, user, entry.rehashed);
  await rememberAddresses(
    transaction,
    admissions.flatMap(({ entry: { newAddress, now }, user: { id } }) => (newAddress ? { id, newAddress, now } : [])),
  );
  await saveSignIns(
    transaction,
    admissions.map(({ entry: { now, idempotencyKey }, user }) => ({ user, now, idempotencyKey })),
  );
  const opened = await saveSessions(
    transaction,
    admissions.map(({ entry: { now }, user }) => ({ userId: user.id, now })),
  );
  return outcomes.map((outcome) => outcome());
}

/** PostgreSQL's classes of errors that lie in what was to be stored, and not in the database: those of the others can be stored. */
const isOfData = (error: unknown) => /^(22|23)/.test(sqlState(error) ?? '');
