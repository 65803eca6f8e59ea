import { Refusal } from '../../../shared/errors.ts';
import type { Transaction } from '../../../shared/database/database.ts';
import { signedIn } from '../../../shared/identity.ts';
import { lockCaller, provePassword } from '../sessions/account.ts';
import type { Context } from '../context.ts';
import { eraseUser } from './deletionStore.ts';
import type { StoredUser } from '../entities.ts';
import { lockExisting } from '../users/moderation.ts';
import { lockOperators } from '../users/store.ts';

/** The caller's own account goes for good, on the record. Who has a password proves it once more: a stolen token must not be enough. */
export async function deleteAccount(context: Context, password: string | null | undefined): Promise<true> {
  const caller = await context.caller();
  if (caller.passwordHash) await provePassword(context, caller, password ?? '');
  const { id } = signedIn(context.viewer);
  return erase(context, { actorId: id, action: 'DELETE_ACCOUNT' }, (transaction) => lockCaller(transaction, id));
}

/** Deletes a user for good, on the record; which words an operator has for it is not, because they may name the user. */
export async function deleteUser(context: Context, userId: string): Promise<true> {
  const { actorId, action } = await context.operator('DELETE_USER', userId);
  const isOperator = (await context.users.load(userId))?.roles.includes('OPERATOR');
  return erase(context, { actorId, action }, async (transaction) => {
    // Operators before anyone else, in the same order as for a ban.
    if (isOperator) await lockOperators(transaction);
    return lockExisting(transaction, userId);
  });
}

async function erase(
  context: Context,
  by: { actorId: string; action: string },
  lock: (transaction: Transaction) => Promise<StoredUser>,
): Promise<true> {
  const { now, requestId } = context;
  await context.commit(async (transaction) => {
    const user = await lock(transaction);
    const operators = user.roles.includes('OPERATOR') ? await lockOperators(transaction) : [];
    if (operators.length === 1 && operators[0] === user.id)
      throw new Refusal('CONFLICT', 'The last operator cannot be deleted: nobody could make another.');
    await eraseUser(transaction, user.id, { ...by, requestId }, now);
  });
  context.sessionsEnded();
  return true;
}
