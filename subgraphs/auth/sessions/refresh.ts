import type { Transaction } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import { failpoint } from '../../../shared/process/failpoint.ts';
import { send } from '../../../shared/delivery/outbox.ts';
import { saveAudit } from '../audit/auditStore.ts';
import type { Context } from '../context.ts';
import { isNewDay, savePresence } from '../presence/presenceStore.ts';
import { renewSession } from './sessionStore.ts';
import { type Session, handOut } from '../signIn/signIn.ts';
import { findUserByToken, lockUsers } from '../users/store.ts';
import { hashOfToken } from './tokens.ts';

export async function refreshSession(context: Context, refreshToken: string): Promise<Session> {
  const { database, now } = context;
  const user = await findUserByToken(database.fork(), hashOfToken(refreshToken));
  // Once a day it is written down that the player is there, which travels; a user's row is locked before the session, as everywhere.
  const renew = (transaction: Transaction) => renewSession(transaction, refreshToken, now);
  const { renewal, open, sessionId } = await (user && isNewDay(user, now)
    ? context.commit(async (transaction) => {
        const [locked] = await lockUsers(transaction, [{ id: user.id }], true);
        const renewed = await renew(transaction);
        if (locked && renewed.open) await send(transaction, await savePresence(transaction, [{ user: locked, now }]));
        return renewed;
      })
    : database.transaction(renew));
  failpoint('auth.afterRotation');
  if (renewal === 'END') {
    context.sessionsEnded();
    context.log.warn('a refresh token was used twice: its session has been ended');
    await saveAudit(database.fork(), now, {
      actorId: null,
      action: 'REUSE_REFRESH_TOKEN',
      targetId: sessionId ?? null,
      outcome: 'REFUSED',
      requestId: context.requestId,
    });
  }
  if (!open || !user) throw new Refusal('UNAUTHENTICATED', 'This session has ended. Sign in again.');
  return handOut(context, { user, open });
}
