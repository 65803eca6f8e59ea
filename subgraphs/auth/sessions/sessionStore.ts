import { type FilterQuery, type InferEntity, LockMode } from '@mikro-orm/postgresql';
import { type Transaction, rows } from '../../../shared/database/database.ts';
import { timeOrderedId } from '../../../shared/ids.ts';
import { RefreshTokenRow, SessionRow } from '../entities.ts';
import { type Renewal, type SessionEnd, refreshSeconds, renewalOf } from './session.rules.ts';
import { hashOfToken, newRefreshToken, newSalt, successorOf } from './tokens.ts';

type RefreshToken = InferEntity<typeof RefreshTokenRow>;

export interface OpenSession {
  sessionId: string;
  userId: string;
  refreshToken: string;
}

/** A session with its first refresh token for each, in one statement. */
export async function saveSessions(
  transaction: Transaction,
  sessions: readonly { userId: string; now: Date }[],
): Promise<OpenSession[]> {
  const opened = sessions.map(({ userId }) => ({
    sessionId: timeOrderedId(),
    userId,
    refreshToken: newRefreshToken(),
  }));
  if (opened.length > 0)
    await rows(
      transaction,
      `with opened as materialized (
         select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::timestamptz[])
           as s (id, user_id, created, token_hash, expires)),
       stored as (insert into session (id, user_id, created_at) select id, user_id, created from opened)
       insert into refresh_token (token_hash, session_id, issued_at, expires_at) select token_hash, id, created, expires from opened`,
      [
        opened.map(({ sessionId }) => sessionId),
        opened.map(({ userId }) => userId),
        sessions.map(({ now }) => now),
        opened.map(({ refreshToken }) => hashOfToken(refreshToken)),
        sessions.map(({ now }) => expiryOf(now)),
      ],
    );
  return opened;
}

export async function isLive(em: Transaction, sessionId: string, userId: string): Promise<boolean> {
  return (await em.count(SessionRow, { id: sessionId, userId, endedAt: null })) > 0;
}

/** Does with a refresh token what the rules say. Only ROTATE and REPEAT open the session again; END has to be committed all the same. */
export async function renewSession(
  transaction: Transaction,
  token: string,
  now: Date,
): Promise<{ renewal: Renewal; open?: OpenSession; sessionId?: string }> {
  const row = await transaction.findOne(RefreshTokenRow, { tokenHash: hashOfToken(token) });
  if (!row) return { renewal: 'REFUSE' };
  // Renewals of one session come one after another, so the token is read again once the session is ours.
  const lockMode = LockMode.PESSIMISTIC_WRITE;
  const session = await transaction.findOneOrFail(SessionRow, { id: row.sessionId }, { lockMode });
  await transaction.refresh(row);
  const renewal = renewalOf(session, { ...row, successorUsed: row.successorSalt === null }, now);
  if (renewal === 'END') await endSessions(transaction, { id: session.id }, 'TOKEN_REUSED', now);
  if (renewal === 'END' || renewal === 'REFUSE' || session.userId === null) return { renewal, sessionId: session.id };
  const salt = row.successorSalt ?? (await rotate(transaction, row, token, now));
  return { renewal, open: { sessionId: session.id, userId: session.userId, refreshToken: successorOf(token, salt) } };
}

/** Spends the token and stores its successor; answers the salt that makes the successor again. */
async function rotate(transaction: Transaction, row: RefreshToken, token: string, now: Date): Promise<string> {
  const { sessionId } = row;
  // The token before this one can no longer be repeated, and what has expired need not be remembered to be refused.
  await transaction.nativeUpdate(RefreshTokenRow, { sessionId, successorSalt: { $ne: null } }, { successorSalt: null });
  await transaction.nativeDelete(RefreshTokenRow, { sessionId, expiresAt: { $lte: now } });
  const successorSalt = newSalt();
  // First spent, then followed: between the two the session has no live token, and never two.
  await transaction.nativeUpdate(RefreshTokenRow, { tokenHash: row.tokenHash }, { usedAt: now, successorSalt });
  await saveRefreshToken(transaction, sessionId, successorOf(token, successorSalt), now);
  return successorSalt;
}

async function saveRefreshToken(transaction: Transaction, sessionId: string, token: string, now: Date): Promise<void> {
  const expiresAt = expiryOf(now);
  await transaction.insert(RefreshTokenRow, { tokenHash: hashOfToken(token), sessionId, issuedAt: now, expiresAt });
}

const expiryOf = (now: Date) => new Date(now.getTime() + refreshSeconds * 1000);

/**
 * The one place where sessions end; answers how many did. From here on auth refuses their access tokens. The gateway does, for the whole
 * graph, as soon as it has heard of it (endings.ts); the other subgraphs rely on the gateway for that, which alone can reach them.
 */
export function endSessions(
  transaction: Transaction,
  which: FilterQuery<InferEntity<typeof SessionRow>> & object,
  endedBy: SessionEnd,
  now: Date,
): Promise<number> {
  return transaction.nativeUpdate(SessionRow, { $and: [which, { endedAt: null }] }, { endedAt: now, endedBy });
}
