import { Refusal, unauthenticated } from '../../shared/errors.ts';
import type { Viewer } from '../../shared/identity.ts';
import type { Log } from '../../shared/process/log.ts';

/** Sessions that ended before their tokens do: signed out, banned, password changed, refresh token stolen. */
export interface Sessions {
  /** Throws UNAUTHENTICATED for a viewer whose session has ended, and UNAVAILABLE as long as nobody could say which have. */
  check(viewer: Viewer): void;
  stop(): Promise<void>;
}

interface Told {
  asOf: string;
  /** Tokens of sessions that ended before this are over by themselves. */
  forgetBefore: string;
  ended: { id: string; endedAt: string }[];
}

/**
 * Keeps the list by asking auth again and again: auth answers when a session ends, else after two seconds, and each answer reaches back over
 * the one before. So nothing that is lost on the way makes an ended session good again, and a gateway that starts knows them all first.
 * Resolves after the first answer, or the first failure.
 */
export async function followSessions(
  url: string,
  gatewaySecret: string,
  ended: (isMeant: (viewer: Viewer) => boolean) => void,
  log: Log,
): Promise<Sessions> {
  const known = new Map<string, string>();
  const leaving = new AbortController();
  let asOf: string | undefined;

  const ask = async () => {
    const response = await fetch(asOf ? `${url}?since=${asOf}` : url, {
      headers: { 'x-gateway-secret': gatewaySecret },
      redirect: 'error',
      signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(5000)]),
    });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    const told = (await response.json()) as Told;
    const isFirst = !asOf;
    asOf = told.asOf;
    const fresh = new Set(told.ended.flatMap(({ id }) => (known.has(id) ? [] : [id])));
    for (const { id, endedAt } of told.ended) known.set(id, endedAt);
    for (const [id, endedAt] of known) if (endedAt < told.forgetBefore) known.delete(id);
    if (fresh.size > 0 && !isFirst) ended(({ sessionId }) => fresh.has(sessionId));
  };

  const tryAsking = async () => {
    try {
      await ask();
    } catch (error) {
      if (leaving.signal.aborted) return;
      log.warn({ err: error }, 'auth does not tell which sessions have ended');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  await tryAsking();
  const following = (async () => {
    while (!leaving.signal.aborted) await tryAsking();
  })();

  return {
    check({ sessionId }) {
      if (!asOf) throw new Refusal('UNAVAILABLE', 'Sessions cannot be checked at the moment. Try again.');
      if (known.has(sessionId)) throw unauthenticated();
    },
    async stop() {
      leaving.abort();
      await following;
    },
  };
}
