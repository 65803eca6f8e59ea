import type { Transaction } from '../shared/database.ts';
import { Refusal, forbidden } from '../shared/errors.ts';
import { isOperator, signedIn } from '../shared/identity.ts';
import { type Connection, connectionOf, pageOf } from '../shared/paging.ts';
import { type AuditEntry, findAudit, saveAudit } from './auditStore.ts';
import type { Context } from './context.ts';
import type { StoredUser } from './entities.ts';
import { endSessions } from './sessionStore.ts';
import { hasEverSignedIn, lockUser } from './store.ts';

/** A banned user's row is locked as for a sign-in, so that no session slips in between the ban and the end of the sessions. */
export async function banUser(context: Context, userId: string): Promise<StoredUser> {
  const banned = await asOperator(context, 'BAN_USER', userId, async (transaction) => {
    const user = await lockExisting(transaction, userId);
    user.status = 'BANNED';
    await endSessions(transaction, { userId: user.id }, 'BANNED', context.now);
    return user;
  });
  context.sessionsEnded();
  return banned;
}

/** The user may sign in again; the sessions that the ban has ended stay ended. */
export function unbanUser(context: Context, userId: string): Promise<StoredUser> {
  return asOperator(context, 'UNBAN_USER', userId, async (transaction) => {
    const user = await lockExisting(transaction, userId);
    if (user.status === 'BANNED') user.status = (await hasEverSignedIn(transaction, user.id)) ? 'ACTIVE' : 'NEW';
    return user;
  });
}

/** Reading the record is no deed, and is not recorded; trying to without being an operator is. */
export async function auditLog(
  context: Context,
  asked: { first?: number | null; after?: string | null },
): Promise<Connection<AuditEntry>> {
  await requireOperator(context, 'READ_AUDIT_LOG', null);
  const page = pageOf('audit', asked);
  return connectionOf('audit', page, await findAudit(context.database.fork(), page));
}

/** Does what only operators may, on the record: the entry commits with the deed or not at all. */
async function asOperator<T>(
  context: Context,
  action: string,
  targetId: string,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const actorId = await requireOperator(context, action, targetId);
  return context.database.transaction(async (transaction) => {
    const done = await work(transaction);
    await saveAudit(transaction, context, { actorId, action, targetId, outcome: 'DONE' });
    return done;
  });
}

/** Operators by their token and, at this moment, by their row. Whoever else is signed in leaves a trace. */
async function requireOperator(context: Context, action: string, targetId: string | null): Promise<string> {
  const { id } = signedIn(context.viewer);
  if (isOperator(context.viewer) && (await context.caller()).roles.includes('OPERATOR')) return id;
  await saveAudit(context.database.fork(), context, { actorId: id, action, targetId, outcome: 'REFUSED' });
  throw forbidden();
}

async function lockExisting(transaction: Transaction, id: string): Promise<StoredUser> {
  const user = await lockUser(transaction, { id });
  if (!user) throw new Refusal('NOT_FOUND', 'There is no user with this id.');
  return user;
}
