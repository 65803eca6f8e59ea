import { Refusal, forbidden, unauthenticated } from '../shared/errors.ts';
import { signedIn, withRole } from '../shared/identity.ts';
import type { Transaction } from '../shared/database.ts';
import type { Context } from './context.ts';
import { newPasswordProblem, passwordProblem } from './credentials.ts';
import type { StoredUser } from './entities.ts';
import { acceptedZone, refuse } from './input.ts';
import type { ChangePasswordInput } from './schema.generated.ts';
import { endSessions } from './sessionStore.ts';
import { changeZone, lockUser } from './store.ts';

/** Only a live session may end others: a stolen token of one that has ended ends nothing. */
export async function signOut({ viewer, database, now }: Context, everywhere: boolean): Promise<boolean> {
  const { id, sessionId } = signedIn(viewer);
  return database.transaction(async (transaction) => {
    const ended = await endSessions(transaction, { id: sessionId, userId: id }, 'SIGNED_OUT', now);
    if (ended > 0 && everywhere) await endSessions(transaction, { userId: id }, 'SIGNED_OUT', now);
    return ended > 0;
  });
}

export async function changePassword(context: Context, input: ChangePasswordInput): Promise<StoredUser> {
  const { id, name, passwordHash } = await context.caller();
  const { sessionId } = signedIn(context.viewer);
  if (!passwordHash) throw new Refusal('FORBIDDEN', 'A guest has no password that could be changed.');
  refuse(passwordProblem(input.oldPassword) ?? newPasswordProblem(input.newPassword, name));
  if (!(await context.passwords.verify(input.oldPassword, passwordHash)))
    throw new Refusal('INVALID_CREDENTIALS', 'The old password is wrong.');
  const newHash = await context.passwords.hash(input.newPassword);
  return context.database.transaction(async (transaction) => {
    const user = await lockCaller(transaction, id);
    if (user.passwordHash !== passwordHash)
      throw new Refusal('CONFLICT', 'The password was changed by another request. Sign in again.');
    user.passwordHash = newHash;
    await endSessions(transaction, { userId: id, id: { $ne: sessionId } }, 'PASSWORD_CHANGED', context.now);
    return user;
  });
}

export async function changeTimeZone(context: Context, name: string): Promise<StoredUser> {
  const { id } = await context.caller();
  const timeZone = acceptedZone(name);
  return context.commit(async (transaction) => {
    const user = await lockCaller(transaction, id);
    await changeZone(transaction, user, timeZone, context.now);
    return user;
  });
}

/** A banned user's row is locked as for a sign-in, so that no session slips in between the ban and the end of the sessions. */
export async function banUser(context: Context, userId: string): Promise<StoredUser> {
  withRole(context.viewer, 'OPERATOR');
  if (!(await context.caller()).roles.includes('OPERATOR')) throw forbidden();
  return context.database.transaction(async (transaction) => {
    const user = await lockUser(transaction, { id: userId });
    if (!user) throw new Refusal('NOT_FOUND', 'There is no user with this id.');
    user.status = 'BANNED';
    await endSessions(transaction, { userId: user.id }, 'BANNED', context.now);
    return user;
  });
}

/** The caller was found a moment ago; a ban or a deletion since then counts. */
async function lockCaller(transaction: Transaction, id: string): Promise<StoredUser> {
  const user = await lockUser(transaction, { id });
  if (!user || user.status === 'BANNED') throw unauthenticated();
  return user;
}
