/** What this browser keeps of a session. */
export interface Session {
  accessToken: string;
  refreshToken: string;
  /** Sessions of earlier versions of this page have no display name. */
  user: { id: string; name: string; displayName?: string; roles: readonly string[] };
  /** When the player signed in, by the server's clock. */
  enteredAt: string;
  /** By this device's clock, in milliseconds, however wrong that is. */
  goodUntil: number;
}

/** What the graph hands out. */
export type Opened = Pick<Session, 'accessToken' | 'refreshToken' | 'user'> & { notices: readonly string[] };

export interface Sessions {
  /** The same object until it changes. */
  current(): Session | undefined;
  enter(opened: Opened): void;
  /** `reason` is what the sign-in page tells the player. */
  leave(reason?: string): void;
  reason(): string | undefined;
  /** What the last sign-in of this page has told the player. */
  notices(): readonly string[];
  /** A token that still lives a while, other than `refused`. Rejects when the session has ended or the graph is away. */
  accessToken(refused?: string): Promise<string>;
  watch(changed: () => void): () => void;
}

/** The session of one page, shared by its tabs. `renew` asks the graph; what it rejects with says by `isEnd` whether the session is over. */
export function openSessions(
  key: string,
  renew: (refreshToken: string) => Promise<Opened>,
  isEnd: (error: unknown) => boolean,
): Sessions {
  const watchers = new Set<() => void>();
  let text = localStorage.getItem(key);
  let session = parsed(text);
  let reason: string | undefined;
  let notices: readonly string[] = [];
  const store = (next: Session | undefined) => {
    session = next;
    text = next ? JSON.stringify(next) : null;
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
    for (const changed of watchers) changed();
  };
  const reread = () => {
    const now = localStorage.getItem(key);
    if (now === text) return;
    [text, session] = [now, parsed(now)];
    for (const changed of watchers) changed();
  };
  addEventListener('storage', reread);

  const sessions: Sessions = {
    current: () => session,
    reason: () => reason,
    notices: () => notices,
    enter(opened) {
      reason = undefined;
      notices = opened.notices;
      store(sessionOf(opened));
    },
    leave(why) {
      reason = why;
      notices = [];
      store(undefined);
    },
    async accessToken(refused) {
      const isGood = (token: Session) => token.accessToken !== refused && Date.now() < token.goodUntil;
      if (session && isGood(session)) return session.accessToken;
      return alone(key, async () => {
        reread();
        if (!session) throw new Error('Nobody is signed in.');
        if (isGood(session)) return session.accessToken; // another tab was faster
        const { enteredAt } = session;
        try {
          store({ ...sessionOf(await renew(session.refreshToken)), enteredAt });
        } catch (error) {
          if (isEnd(error)) sessions.leave('Your session has ended. Please sign in again.');
          throw error;
        }
        return session.accessToken;
      });
    },
    watch(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
  };
  return sessions;
}

function parsed(text: string | null): Session | undefined {
  try {
    return text ? (JSON.parse(text) as Session) : undefined;
  } catch {
    return undefined;
  }
}

/** A device's clock may be wrong; how long a token lives stands in the token. */
function sessionOf({ accessToken, refreshToken, user }: Opened): Session {
  const payload = accessToken.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/');
  const { iat, exp } = JSON.parse(atob(payload)) as { iat: number; exp: number };
  const marginMs = 30_000;
  return {
    accessToken,
    refreshToken,
    user,
    enteredAt: new Date(iat * 1000).toISOString(),
    goodUntil: Date.now() + (exp - iat) * 1000 - marginMs,
  };
}

/** Tabs take turns, so that a refresh token is used once. Browsers offer locks on secure pages only; elsewhere the server's grace must do. */
const alone = <T>(name: string, work: () => Promise<T>): Promise<T> =>
  'locks' in navigator ? (navigator.locks.request(name, work) as Promise<T>) : work();
