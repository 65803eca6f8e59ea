import type { Carrier } from '../../../shared/delivery/carrier.ts';
import type { Database } from '../../../shared/database/database.ts';
import { failpoint } from '../../../shared/process/failpoint.ts';
import type { Log } from '../../../shared/process/log.ts';
import type { TimelineCache } from './timelineCache.ts';
import { type Fanout, claimFanout, findReaders, saveEntries, saveReached } from './timelineStore.ts';
import { type Rounds, startRounds } from '../../../shared/process/rounds.ts';

export const channel = 'alerts';
const readersAtOnce = 1000;
const everyMs = 500;

/**
 * Brings posts to their readers, page by page, never in the request of whoever posts. A page is stored, then loaded into the cache, then rung; only
 * then it is noted as reached, so a crash anywhere repeats a page, and each of the three has the effect of once by (post, reader).
 */
export function startFanout(database: Database, cache: TimelineCache, carrier: Carrier, log: Log): Rounds {
  const page = async (fanout: Fanout): Promise<string | null> => {
    const readers = await findReaders(database.fork(), fanout, readersAtOnce);
    if (readers.length > 0) {
      const entries = await database.transaction((transaction) => saveEntries(transaction, fanout.postId, readers));
      failpoint('alerts.afterStore');
      await cache.prepend(entries);
      failpoint('alerts.afterCache');
      // Whoever is not told reads the same by the next cursor.
      await carrier.notify(channel, JSON.stringify(readers)).catch(() => undefined);
    }
    const reached = readers.length < readersAtOnce ? null : readers.at(-1)!;
    await database.transaction((transaction) => saveReached(transaction, fanout.postId, reached));
    return reached;
  };
  const round = async (signal: AbortSignal): Promise<boolean> => {
    const fanout = await database.transaction(claimFanout);
    if (!fanout) return false;
    for (let reached: string | null = fanout.reached; reached !== null && !signal.aborted;)
      reached = await page({ ...fanout, reached });
    return true;
  };
  return startRounds(
    (signal) =>
      round(signal).catch((error: unknown) => {
        log.warn({ error: String(error) }, 'a post could not be brought to its readers, and is tried again');
        return false;
      }),
    everyMs,
  );
}
