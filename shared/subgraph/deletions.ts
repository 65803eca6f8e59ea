import { setTimeout as sleep } from 'node:timers/promises';
import type { Stop } from '../delivery/carrier.ts';
import { type Database, type MigrationStep, type Transaction, rows } from '../database/database.ts';
import type { Log } from '../process/log.ts';

/** Where auth tells which users were deleted, to whoever shows the gateway's secret. */
export const deletionsPath = '/users/deleted';
export const deletionsAtOnce = 1000;

export interface DeletedUsers {
  /** In the order of instant and id. */
  deleted: { id: string; at: string }[];
}

export const deletionsMigration: MigrationStep = {
  name: 'shared-004-deletions',
  statements: [
    'create table deletions_read (is_one boolean primary key default true check (is_one), until timestamptz(3) not null)',
    `insert into deletions_read (until) values ('epoch')`,
  ],
};

/** Two deletions may commit in another order than their instants say, and what was begun for a user may end after the deletion: for so long they are read again. */
const slackMs = 120_000;
const pauseMs = 2000;
const timeoutMs = 5000;

export interface DeletionSettings {
  database: Database;
  /** Of auth. */
  authUrl: string;
  gatewaySecret: string;
  /** Removes everything that names one of these users. It is called more than once for the same ones. */
  forget(transaction: Transaction, userIds: readonly string[]): Promise<void>;
  log: Log;
}

/** Forgets users whom auth has deleted, also those who were deleted while this subgraph was away. */
export function followDeletions({ database, authUrl, gatewaySecret, forget, log }: DeletionSettings): Stop {
  const stopping = new AbortController();
  const ask = async (since: Date, after: string | undefined): Promise<DeletedUsers['deleted']> => {
    const url = new URL(deletionsPath, authUrl);
    url.searchParams.set('since', since.toISOString());
    if (after !== undefined) url.searchParams.set('after', after);
    const response = await fetch(url, {
      headers: { 'x-gateway-secret': gatewaySecret },
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (!response.ok) throw new Error(`auth answered ${response.status}`);
    return ((await response.json()) as DeletedUsers).deleted;
  };
  /** When each of those that are still read was seen first. */
  let seenAt = new Map<string, number>();
  const round = async () => {
    const seen = new Map<string, number>();
    const [read] = await rows<{ until: string }>(database.fork(), 'select until from deletions_read');
    let since = new Date(Math.max(0, new Date(read!.until).getTime() - slackMs));
    let after: string | undefined;
    for (;;) {
      const deleted = await ask(since, after);
      const last = deleted.at(-1);
      if (!last) break;
      const now = performance.now();
      for (const { id } of deleted) seen.set(id, seenAt.get(id) ?? now);
      const ids = deleted.map(({ id }) => id).filter((id) => now - seen.get(id)! <= slackMs);
      if (ids.length > 0)
        await database.transaction(async (transaction) => {
          await forget(transaction, ids);
          await rows(transaction, 'update deletions_read set until = greatest(until, $1)', [last.at]);
        });
      if (deleted.length < deletionsAtOnce) break;
      [since, after] = [new Date(last.at), last.id];
    }
    seenAt = seen;
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await round().catch((error: unknown) => log.debug({ error: String(error) }, 'who was deleted is asked again'));
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    await running;
  };
}
