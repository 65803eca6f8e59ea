import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, connect } from '../local/sql.ts';
import { StartRefusal } from '../shared/process/environment.ts';

/** Nobody who writes waits longer than this for a lock that is asked for here; it is asked for again. */
const [lockMs, attempts, pauseMs] = [250, 40, 250];

export interface Snapshots {
  /** A connection to each database, all of which show the same moment. */
  connections: Record<string, Connection>;
  takenAt: Date;
  /** For how long those who write events were held up. */
  pausedMs: number;
  close(): Promise<void>;
}

/**
 * One moment of several databases. While every outbox is locked no event is written, published or confirmed, so in what is seen then an event
 * without an effect is still in its outbox, and an effect has its event: whatever was on its way is delivered again, and counts once.
 */
export async function openSnapshots(urls: Readonly<Record<string, string>>): Promise<Snapshots> {
  const opened: Connection[] = [];
  const close = async () => void (await Promise.all(opened.map((one) => one.end())));
  const open = async (url: string) => {
    const connection = await connect(url);
    opened.push(connection);
    return connection;
  };
  try {
    const locks = await Promise.all(Object.values(urls).map(open));
    const entries = await Promise.all(
      Object.entries(urls).map(async ([name, url]) => [name, await open(url)] as const),
    );
    const began = await lockAll(locks);
    const takenAt = new Date();
    for (const [, connection] of entries) {
      await connection.query('begin isolation level repeatable read read only');
      // The first statement takes the snapshot.
      await connection.query('select 1');
    }
    await Promise.all(locks.map((one) => one.query('rollback')));
    return { connections: Object.fromEntries(entries), takenAt, pausedMs: performance.now() - began, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Locks all outboxes or none; resolves to when the first was locked. */
async function lockAll(connections: readonly Connection[]): Promise<number> {
  for (let attempt = 1; ; attempt++)
    try {
      const began = performance.now();
      for (const connection of connections) {
        await connection.query('begin');
        await connection.query(`set local lock_timeout = ${lockMs}`);
        await connection.query('lock table outbox in share mode');
      }
      return began;
    } catch (error) {
      await Promise.all(connections.map((one) => one.query('rollback')));
      if ((error as { code?: string }).code !== lockNotAvailable) throw error;
      if (attempt === attempts)
        throw new StartRefusal(
          'The outboxes are busy: no moment was found in which nothing is written to them.',
          'Try again when no long transaction runs.',
        );
      await sleep(pauseMs);
    }
}

/** PostgreSQL: lock_not_available. */
const lockNotAvailable = '55P03';
