import type { Transaction } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import { type Connection, connectionOf, pageOf } from '../../../shared/subgraph/paging.ts';
import { optionalReason } from '../../../shared/subgraph/reason.ts';
import { isUuid } from '../../../shared/uuid.rules.ts';
import { type AuditRow, findAudit, saveAudit } from '../audit/auditStore.ts';
import type { Context } from '../context.ts';
import type { StoredUser } from '../entities.ts';
import { endSessions } from '../sessions/sessionStore.ts';
import { hasEverSignedIn } from '../signIn/signInStore.ts';
import { lockOperators, lockUser } from './store.ts';

/**
 * A banned user's row is locked as for a sign-in, so that no session slips in between the ban and the end of the sessions. Throws CONFLICT for
 * the operator who asks and for the last one: nobody could lift such a ban.
 */
export async function banUser(context: Context, userId: string, reason: Reason): Promise<StoredUser> {
  const banned = await judge(context, 'BAN_USER', userId, reason, async (transaction, user, actorId) => {
    if (user.id === actorId) throw new Refusal('CONFLICT', 'Nobody can ban themselves.');
    const operators = user.roles.includes('OPERATOR') ? await lockOperators(transaction) : [];
    if (operators.length === 1 && operators[0] === user.id)
      throw new Refusal('CONFLICT', 'The last operator cannot be banned: nobody could lift the ban.');
    user.status = 'BANNED';
    await endSessions(transaction, { userId: user.id }, 'BANNED', context.now);
  });
  context.sessionsEnded();
  return banned;
}

/** The user may sign in again; the sessions that the ban has ended stay ended. */
export function unbanUser(context: Context, userId: string, reason: Reason): Promise<StoredUser> {
  return judge(context, 'UNBAN_USER', userId, reason, async (transaction, user) => {
    if (user.status === 'BANNED') user.status = (await hasEverSignedIn(transaction, user.id)) ? 'ACTIVE' : 'NEW';
  });
}

interface Asked {
  first?: number | null;
  after?: string | null;
  actorId?: string | null;
  action?: string | null;
}

/** Reading the audit log is not recorded; trying to without being an operator is. */
export async function auditLog(context: Context, asked: Asked): Promise<Connection<AuditRow>> {
  await context.operator('READ_AUDIT_LOG', null);
  const page = pageOf('audit', asked);
  const { actorId = null, action = null } = asked;
  // Who is no user has done nothing, and what is no action was never done.
  if ((actorId !== null && !isUuid(actorId)) || (action !== null && !/^[A-Z_]{1,64}$/.test(action)))
    return connectionOf<AuditRow>('audit', page, []);
  return connectionOf('audit', page, await context.database.read((em) => findAudit(em, page, { actorId, action })));
}

type Reason = string | null | undefined;

/** Does to a user what only operators may, on the record: the entry commits with the action or not at all. */
async function judge(
  context: Context,
  action: string,
  targetId: string,
  reason: Reason,
  work: (transaction: Transaction, user: StoredUser, actorId: string) => Promise<void>,
): Promise<StoredUser> {
  const { now, ...by } = await context.operator(action, targetId);
  const why = optionalReason(reason);
  return context.database.transaction(async (transaction) => {
    // Operators before anyone else, so that two who ban each other wait for each other in the same order.
    if ((await context.users.load(targetId))?.roles.includes('OPERATOR')) await lockOperators(transaction);
    const user = await lockExisting(transaction, targetId);
    const before = user.status;
    await work(transaction, user, by.actorId);
    await saveAudit(transaction, now, {
      ...by,
      targetId: user.id,
      targetName: user.name,
      reason: why,
      changes: user.status === before ? [] : [{ field: 'status', before, after: user.status }],
      outcome: 'DONE',
    });
    return user;
  });
}

export async function lockExisting(transaction: Transaction, id: string): Promise<StoredUser> {
  const user = await lockUser(transaction, id);
  if (!user) throw new Refusal('NOT_FOUND', 'There is no user with this id.');
  return user;
}
