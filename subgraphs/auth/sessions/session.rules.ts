/** How long an access token opens doors. */
export const accessSeconds = 15 * 60;
/** 30 days: how long a session waits for its next renewal. */
export const refreshSeconds = 2_592_000;
/** How long a used refresh token is taken for a request that was repeated, not for one that was stolen. */
export const graceSeconds = 10;

/** What ends a session before its time. */
export type SessionEnd = 'SIGNED_OUT' | 'PASSWORD_CHANGED' | 'BANNED' | 'TOKEN_REUSED' | 'DELETED';

export interface Session {
  endedAt: Date | null;
}

export interface RefreshToken {
  expiresAt: Date;
  usedAt: Date | null;
  /** Its successor has been exchanged in its turn. */
  successorUsed: boolean;
}

/**
 * ROTATE: spend the token, issue its successor. REPEAT: the same successor again. REFUSE: nothing happens.
 * END: two parties hold the token and one is a thief, so neither keeps the session (RFC 9700, 4.14.2).
 */
export type Renewal = 'ROTATE' | 'REPEAT' | 'REFUSE' | 'END';

/** What presenting a refresh token does at this moment. */
export function renewalOf(session: Session, token: RefreshToken, now: Date): Renewal {
  if (session.endedAt || token.expiresAt <= now) return 'REFUSE';
  if (!token.usedAt) return 'ROTATE';
  if (!isInGrace(token.usedAt, now)) return 'END';
  return token.successorUsed ? 'REFUSE' : 'REPEAT';
}

/** The last instant of grace is still in it; a clock that stands before the use is another process's, not a thief's. */
function isInGrace(usedAt: Date, now: Date): boolean {
  return now.getTime() - usedAt.getTime() <= graceSeconds * 1000;
}
