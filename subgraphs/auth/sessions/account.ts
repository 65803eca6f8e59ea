import { Refusal, unauthenticated } from '../../../shared/errors.ts';
import { signedIn } from '../../../shared/identity.ts';
import type { Transaction } from '../../../shared/database/database.ts';
import type { Context } from '../context.ts';
import { newNameProblem, newPasswordProblem, passwordProblem } from '../signIn/credentials.rules.ts';
import type { StoredUser } from '../entities.ts';
import { acceptedDisplayName, acceptedZone, refuse } from '../input.ts';
import type { ChangePasswordInput, UpgradeGuestInput } from '../schema.generated.ts';
import { endSessions } from './sessionStore.ts';
import { isTaken, lockUser, lockUsers } from '../users/store.ts';
import { changeZone } from '../presence/zoneStore.ts';

/** Only a live session may end others: a stolen token of one that has ended ends nothing. */
export async function signOut(context: Context, everywhere: boolean): Promise<boolean> {
  const { database, now } = context;
  const { id, sessionId } = signedIn(context.viewer);
  const ended = await database.transaction(async (transaction) => {
    const ended = await endSessions(transaction, { id: sessionId, userId: id }, 'SIGNED_OUT', now);
    if (ended > 0 && everywhere) await endSessions(transaction, { userId: id }, 'SIGNED_OUT', now);
    return ended > 0;
  });
  context.sessionsEnded();
  return ended;
}

export async function changePassword(context: Context, input: ChangePasswordInput): Promise<StoredUser> {
  const caller = await context.caller();
  const { id, name, passwordHash } = caller;
  const { sessionId } = signedIn(context.viewer);
  if (!passwordHash) throw new Refusal('FORBIDDEN', 'A guest has no password that could be changed.');
  refuse(newPasswordProblem(input.newPassword, name));
  await provePassword(context, caller, input.oldPassword, 'The old password is wrong.');
  const newHash = await context.passwords.hash(input.newPassword);
  const changed = await context.database.transaction(async (transaction) => {
    const user = await lockCaller(transaction, id);
    if (user.passwordHash !== passwordHash)
      throw new Refusal('CONFLICT', 'The password was changed by another request. Sign in again.');
    user.passwordHash = newHash;
    await endSessions(transaction, { userId: id, id: { $ne: sessionId } }, 'PASSWORD_CHANGED', context.now);
    return user;
  });
  context.sessionsEnded();
  return changed;
}

/**
 * The caller shows the password once more. Counted by itself, so that a stolen token cannot be used to guess here, nor to keep its owner from signing
 * in. Throws BAD_USER_INPUT, INVALID_CREDENTIALS and RATE_LIMITED.
 */
export async function provePassword(
  context: Context,
  { id, passwordHash }: StoredUser,
  password: string,
  refusal = 'The password is wrong.',
): Promise<void> {
  refuse(passwordProblem(password));
  const attempt = { account: `password of ${id}`, address: context.address, isKnown: false };
  await context.limiter.admit(attempt);
  if (!(await context.passwords.verify(password, passwordHash ?? undefined))) {
    await context.limiter.failed(attempt);
    throw new Refusal('INVALID_CREDENTIALS', refusal);
  }
  await context.limiter.passed(attempt);
}

/** A guest becomes a named user and stays the same one: progress, wallet and sessions are kept, and the device alone opens nothing any more. */
export async function upgradeGuest(context: Context, input: UpgradeGuestInput): Promise<StoredUser> {
  const { name, password } = input;
  refuse(newNameProblem(name) ?? newPasswordProblem(password, name));
  const displayName = acceptedDisplayName(input.displayName);
  const { id, passwordHash } = await context.caller();
  const named = () => new Refusal('CONFLICT', 'This account has a name and a password already.');
  if (passwordHash) throw named();
  const newHash = await context.passwords.hash(password);
  try {
    return await context.database.transaction(async (transaction) => {
      const user = await lockCaller(transaction, id);
      if (user.passwordHash) throw named();
      Object.assign(user, { name, passwordHash: newHash, deviceHash: null, ...(displayName && { displayName }) });
      await transaction.flush();
      return user;
    });
  } catch (error) {
    if (isTaken(error)) throw new Refusal('CONFLICT', `The name "${name}" is taken; choose another.`);
    throw error;
  }
}

export async function changeDisplayName(context: Context, text: string): Promise<StoredUser> {
  const displayName = acceptedDisplayName(text);
  const { id } = await context.caller();
  return context.database.transaction(async (transaction) =>
    Object.assign(await lockCaller(transaction, id), { displayName }),
  );
}

export async function changeTimeZone(context: Context, name: string): Promise<StoredUser> {
  const { id } = await context.caller();
  const timeZone = acceptedZone(name);
  return context.commit(async (transaction) => {
    const [user] = await lockUsers(transaction, [{ id }], true);
    if (!user || user.status === 'BANNED') throw unauthenticated();
    await changeZone(transaction, user, timeZone, context.limits.timeZoneChangesPer30Days, context.now);
    return user;
  });
}

/** The caller was found a moment ago; a ban or a deletion since then counts. */
export async function lockCaller(transaction: Transaction, id: string): Promise<StoredUser> {
  const user = await lockUser(transaction, id);
  if (!user || user.status === 'BANNED') throw unauthenticated();
  return user;
}
