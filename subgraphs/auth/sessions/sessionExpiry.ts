import { setTimeout as sleep } from 'node:timers/promises';
import type { Stop } from '../../../shared/delivery/carrier.ts';
import type { Clock } from '../../../shared/clock.ts';
import { type Database, rows } from '../../../shared/database/database.ts';
import type { Log } from '../../../shared/process/log.ts';
import { refreshSeconds } from './session.rules.ts';

/** Longer than clocks differ, and than a renewal takes that began with a good token. */
const marginSeconds = 3600;
const batch = 1000;

/** Removes, every hour, what `removeExpiredSessions` may. Several processes may do so at once. */
export function startSessionExpiry(database: Database, clock: Clock, log: Log, everyMs = 3_600_000): { stop: Stop } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const removeAll = async () => {
    let removed = 0;
    for (let some = batch; some === batch && !signal.aborted; removed += some)
      some = await removeExpiredSessions(database, clock());
    if (removed > 0) log.info({ sessions: removed }, 'expired sessions were removed');
  };
  const running = (async () => {
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      await removeAll().catch((error: unknown) =>
        log.warn({ error: String(error) }, 'expired sessions stay until the next time'),
      );
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/**
 * Removes some sessions that nobody can renew any more, because all their refresh tokens have expired, with those tokens; answers how many. To
 * whoever presents one nothing changes: it is refused like any other that nobody knows.
 */
export async function removeExpiredSessions(database: Database, now: Date): Promise<number> {
  const expiredAt = new Date(now.getTime() - marginSeconds * 1000);
  const removed = await rows(
    database.fork(),
    `with expired as (
       select id from session where created_at < $1
       and not exists (select from refresh_token where session_id = session.id and expires_at > $2)
       limit $3 for update skip locked)
     delete from session using expired where session.id = expired.id returning session.id`,
    // A session is as old as its first token, so those begun since have one that is good.
    [new Date(expiredAt.getTime() - refreshSeconds * 1000), expiredAt, batch],
  );
  return removed.length;
}
