import { setTimeout as sleep } from 'node:timers/promises';
import type { Stop } from './carrier.ts';
import { type Database, type Transaction, rows } from '../database/database.ts';
import { type Environment, days } from '../process/environment.ts';
import { removeEntries } from './inbox.ts';
import type { Log } from '../process/log.ts';

/** For how many days the inbox knows an event by its id, which is longer than an event may take to come again. */
export const inboxDaysAtLeast = 31;
export const usualInboxDays = 45;

/** From the environment. Throws StartRefusal. */
export const inboxDaysOf = (environment: Environment): number =>
  days(environment, 'INBOX_KEPT_DAYS', usualInboxDays, { atLeast: inboxDaysAtLeast, orZero: false });

/** The first day whose entries are kept, by the database's clock: it wrote the days. */
export async function findInboxEdge(em: Transaction, keptDays: number): Promise<Date> {
  const [row] = await rows<{ edge: string }>(
    em,
    `select ((now() at time zone 'UTC')::date - $1::int)::timestamp at time zone 'UTC' as edge`,
    [keptDays],
  );
  return new Date(row!.edge);
}

const batch = 5000;

/** Removes, at the start and every hour, entries of the inbox that were kept long enough. Several processes may do so at once. */
export function startInboxRetention(
  database: Database,
  keptDays: number,
  log: Log,
  everyMs = 3_600_000,
): { stop: Stop } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const removeAll = async () => {
    const edge = await findInboxEdge(database.fork(), keptDays);
    let removed = 0;
    for (let some = batch; some === batch && !signal.aborted; removed += some)
      some = await database.transaction((transaction) => removeEntries(transaction, edge, batch));
    if (removed > 0) log.info({ inboxEntries: removed }, 'entries of the inbox were removed');
  };
  const running = (async () => {
    while (!signal.aborted) {
      await removeAll().catch((error: unknown) =>
        log.warn({ error: String(error) }, 'entries of the inbox stay until the next time'),
      );
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
