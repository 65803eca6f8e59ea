import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartRefusal } from '../shared/process/environment.ts';
import type { Log } from '../shared/process/log.ts';
import { launch } from './postgresLaunch.ts';
import { openFolder } from './postgresFolder.ts';
import { settledPostmaster, stopPostmaster } from './postmaster.ts';
import { connect, quoted, type Connection } from './sql.ts';

export interface PostgresSettings {
  /** A folder of its own; `data` (the cluster and its password) and `log` are made in it. */
  dataDir: string;
  /** Without one: the port of the last time, else a free one. */
  port?: number;
  /** Further arguments of the server, such as ['-c', 'fsync=off']. */
  flags?: readonly string[];
  log?: Log;
}

export interface Postgres {
  /** The address of a database in it, with user and password. */
  url(database: string): string;
  /** Creates the database when it is missing; resolves to its address. */
  database(name: string): Promise<string>;
  /** It ran already, left by a launcher that was killed; then it keeps its port and flags. */
  adopted: boolean;
  pid: number;
  /** Resolves when the process is gone, within five seconds. */
  stop(): Promise<void>;
}

/** A real PostgreSQL for this machine alone: loopback, a password of its own, no installation. Throws StartRefusal. */
export async function startPostgres({ dataDir, port, flags = [], log }: PostgresSettings): Promise<Postgres> {
  const began = performance.now();
  const place = openFolder(dataDir);
  const data = join(place.folder, 'data');
  const found = await settledPostmaster(data);
  const { pid, port: bound } = found ?? (await launch(place, port, flags));
  const url = (database: string) => `postgres://questline:${passwordOf(data)}@127.0.0.1:${bound}/${database}`;
  const session = await own(url('postgres'), data);
  log?.info({ pid, port: bound, adopted: !!found, ms: Math.round(performance.now() - began) }, 'PostgreSQL is ready');

  let stopped: Promise<void> | undefined;
  return {
    url,
    adopted: found !== undefined,
    pid,
    async database(name) {
      const { rows } = await session.query('select from pg_database where datname = $1', [name]);
      if (rows.length === 0) await session.query(`create database ${quoted(name)}`);
      return url(name);
    },
    stop: () => (stopped ??= session.end().then(() => stopPostmaster(pid, data))),
  };
}

/** Any 64-bit number that no other use of advisory locks in the database `postgres` has. */
const ownerLock = 4_711_002;

/**
 * Signs in with the password of the data and holds a lock as long as this process lives, so that a second launcher neither takes over
 * nor stops a server in use, whereas one whose launcher died is free at once.
 */
async function own(url: string, data: string): Promise<Connection> {
  const session = await connect(url).catch((error: unknown) => {
    throw new StartRefusal(
      `The PostgreSQL of ${data} does not let us in: ${error instanceof Error ? error.message : String(error)}.`,
      'Stop that PostgreSQL and start again.',
    );
  });
  const { rows } = await session.query<{ ours: boolean }>('select pg_try_advisory_lock($1) as ours', [ownerLock]);
  if (rows[0]?.ours) return session;
  await session.end();
  throw new StartRefusal(
    `Questline is already running with the data in ${data}.`,
    'Stop the other one first, or give this one another data folder.',
  );
}

function passwordOf(data: string): string {
  const file = join(data, 'password');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  throw new StartRefusal(
    `The database in ${data} was not made by Questline: its password is missing.`,
    'Choose another data folder, or move that one away.',
  );
}
