import { Refusal } from '../../../shared/errors.ts';
import { isOperator, selfOrOperator } from '../../../shared/identity.ts';
import { saveAudit } from '../audit/auditStore.ts';
import type { Context } from '../context.ts';
import type { StoredUser } from '../entities.ts';

/** The user of whom everything is asked for, on the record. */
export async function exportUser(context: Context, userId: string): Promise<StoredUser> {
  const caller = await context.caller();
  if (isOperator(context.viewer)) await context.operator('EXPORT_USER', userId);
  else selfOrOperator(context.viewer, userId.toLowerCase());
  const user = await context.users.load(userId);
  if (!user) throw new Refusal('NOT_FOUND', 'There is no user with this id.');
  await saveAudit(context.database.fork(), context.now, {
    actorId: caller.id,
    action: 'EXPORT_USER',
    targetId: user.id,
    targetName: user.name,
    outcome: 'DONE',
    requestId: context.requestId,
  });
  return user;
}
