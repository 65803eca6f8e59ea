import { setTimeout as sleep } from 'node:timers/promises';
import type { Stop } from '../../../shared/delivery/carrier.ts';
import type { Clock } from '../../../shared/clock.ts';
import { type Database, type Transaction, rows, sqlState } from '../../../shared/database/database.ts';
import { removeEntries } from '../../../shared/delivery/inbox.ts';
import { findInboxEdge, usualInboxDays } from '../../../shared/delivery/inboxRetention.ts';
import type { Log } from '../../../shared/process/log.ts';
import { dayMs } from '../../../shared/calendar.rules.ts';
import * as months from '../events/monthStore.ts';
import { removeDelivered } from '../webhooks/deliveryStore.ts';

/** For how many days things are kept. */
export interface Kept {
  /** Events, by when they happened; 0: for ever. */
  eventsDays: number;
  /** Entries of the inbox, by when they came. Longer than events are accepted, so that none can come again unnoticed. */
  inboxDays: number;
}

export const defaultKept: Kept = { eventsDays: 400, inboxDays: usualInboxDays };

/** Any number that no other use of advisory locks in this database has. */
const maintenanceLock = 4_711_005;
/** Rows that one transaction removes, and months that one round makes. */
const [rowsAtOnce, monthsAtOnce] = [5000, 24];
/** What webhooks were sent is kept for so long after it happened. */
const deliveredKeptMs = 30 * dayMs;
/** Nobody who writes waits longer than this for a lock that is asked for here; it is asked for again. */
const [lockMs, lockAttempts] = [200, 20];

/**
 * Makes the months of events before they are needed and removes what was kept long enough: at the start and every hour, in short transactions, in
 * one process at a time. Whoever comes second in a round leaves it to the first.
 */
export function startMaintenance(
  database: Database,
  kept: Kept,
  clock: Clock,
  log: Log,
  everyMs = 3_600_000,
): { stop: Stop } {
  const leaving = new AbortController();
  const { signal } = leaving;
  const em = database.fork();

  /** One short transaction; undefined when another process is at it. */
  const step = async <T>(work: (transaction: Transaction) => Promise<T>): Promise<T | undefined> => {
    for (let attempt = 1; ; attempt++)
      try {
        signal.throwIfAborted();
        return await database.transaction(async (transaction) => {
          const [lock] = await rows<{ held: boolean }>(transaction, 'select pg_try_advisory_xact_lock($1) as held', [
            maintenanceLock,
          ]);
          if (!lock!.held) return undefined;
          await transaction.execute(`set local lock_timeout = ${lockMs}`);
          return work(transaction);
        });
      } catch (error) {
        if (sqlState(error) !== lockNotAvailable || attempt === lockAttempts) throw error;
        await sleep(lockMs, undefined, { signal });
      }
  };
  /** Again and again until there is no more; resolves to how many rows went. */
  const removeAll = async (remove: (transaction: Transaction) => Promise<number>): Promise<number> => {
    for (let sum = 0; ;) {
      const removed = (await step(remove)) ?? 0;
      sum += removed;
      if (removed < rowsAtOnce) return sum;
    }
  };

  const addMonths = async (now: Date): Promise<number> => {
    let added = 0;
    for (const month of await months.findMissingMonths(em, now, monthsAtOnce))
      if (await step((transaction) => months.addMonth(transaction, month))) added++;
    return added;
  };
  const removeEvents = async (edge: Date) => {
    const strayEvents = await removeAll((transaction) => months.removeStrayEvents(transaction, edge, rowsAtOnce));
    const ended = await months.findMonthsBefore(em, edge);
    for (const name of ended)
      await step(async (transaction) => {
        await months.dropMonth(transaction, name);
        await months.saveBegin(transaction, 'event', edge);
      });
    if (strayEvents > 0) await step((transaction) => months.saveBegin(transaction, 'event', edge));
    return { monthsDropped: ended.length, strayEvents };
  };
  const removeInbox = async (): Promise<number> => {
    const begin = await database.transaction((transaction) => findInboxEdge(transaction, kept.inboxDays));
    const removed = await removeAll((transaction) => removeEntries(transaction, begin, rowsAtOnce));
    if (removed > 0) await step((transaction) => months.saveBegin(transaction, 'inbox', begin));
    return removed;
  };
  const round = async () => {
    const began = performance.now();
    const now = clock();
    // What has had its time goes first, so that no month is made for it.
    const removed = kept.eventsDays > 0 ? await removeEvents(await months.findEdge(em, now, kept.eventsDays)) : {};
    const edge = new Date(now.getTime() - deliveredKeptMs);
    const deliveries = await removeAll((transaction) => removeDelivered(transaction, edge, rowsAtOnce));
    const done = { monthsAdded: await addMonths(now), ...removed, inboxEntries: await removeInbox(), deliveries };
    log.info({ ...done, ms: Math.round(performance.now() - began) }, 'the tables of events are maintained');
  };

  const running = (async () => {
    while (!signal.aborted) {
      await round().catch((error: unknown) => {
        if (!signal.aborted) log.warn({ error: String(error) }, 'the maintenance of events waits for its next turn');
      });
      await sleep(everyMs, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      leaving.abort();
      await running;
    },
  };
}

/** PostgreSQL: lock_not_available. */
const lockNotAvailable = '55P03';
