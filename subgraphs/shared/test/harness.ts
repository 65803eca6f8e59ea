import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../local/ports.ts';
import { connect, quoted, type Connection } from '../../../local/sql.ts';

/** The address of a database on the PostgreSQL that globalSetup has started. */
function address(database: string): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (!url)
    throw new Error('TEST_DATABASE_URL is missing: tests run through `npm test`, which starts PostgreSQL first.');
  return Object.assign(new URL(url), { pathname: `/${database}` }).href;
}

async function withAdmin<T>(work: (admin: Connection) => Promise<T>): Promise<T> {
  const admin = await connect(address('postgres'));
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/**
 * A migrated, empty database of its own for one test file. `migrate` runs once per room and run, on a template that is then copied;
 * it must have closed its connections when it resolves.
 */
export async function testDatabase(
  room: string,
  migrate: (url: string) => Promise<void>,
): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `${room}_${randomBytes(6).toString('hex')}`;
  await withAdmin(async (admin) => {
    await ensureTemplate(admin, `template_${room}`, migrate);
    await admin.query(`create database ${quoted(name)} template ${quoted(`template_${room}`)}`);
  });
  const drop = () => withAdmin((admin) => admin.query(`drop database if exists ${quoted(name)} with (force)`));
  return { url: address(name), drop: async () => void (await drop()) };
}

async function ensureTemplate(admin: Connection, template: string, migrate: (url: string) => Promise<void>) {
  // Of several workers that want the same room at once, one makes the template and the others wait here.
  await admin.query('select pg_advisory_lock(hashtext($1))', [template]);
  const { rows } = await admin.query<{ whole: boolean }>(
    'select datistemplate as whole from pg_database where datname = $1',
    [template],
  );
  if (!rows[0]?.whole) {
    // Not a template yet: an earlier migration failed half way.
    await admin.query(`drop database if exists ${quoted(template)} with (force)`);
    await admin.query(`create database ${quoted(template)}`);
    await migrate(address(template));
    await admin.query(`alter database ${quoted(template)} with is_template true allow_connections false`);
  }
  await admin.query('select pg_advisory_unlock(hashtext($1))', [template]);
}

/** Asks until the answer is neither false, null nor undefined; throws with `what` was awaited, and with the last error if there was one. */
export async function until<T>(
  condition: () => T | Promise<T>,
  what: string,
  ms = 10_000,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + ms;
  let cause: unknown;
  do {
    try {
      const answer = await condition();
      if (answer !== false && answer !== null && answer !== undefined)
        return answer as Exclude<T, false | null | undefined>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(5);
  } while (performance.now() < deadline);
  throw new Error(`Waited ${ms} ms in vain until ${what}.`, { cause });
}

export interface Redis {
  url: string;
  pid: number;
  /** In order, as an operator would. */
  stop(): Promise<void>;
  /** At once, as a crash would. */
  kill(): Promise<void>;
}

/** A real redis-server on loopback that keeps nothing on disk. Give the port of an earlier one to bring it back empty. */
export async function startRedis(port?: number): Promise<Redis> {
  const chosen = port ?? (await freePort());
  const folder = process.env['TEST_FOLDER'] ?? '/tmp';
  // By this file globalTeardown finds the servers that a failed test has left.
  const pidFile = join(folder, `redis.${chosen}.pid`);
  const settings = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder, '--pidfile', pidFile];
  const child = spawn('redis-server', ['--port', String(chosen), ...settings], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', () => resolve(output.trim().split('\n').at(-1) ?? ''));
  });
  const ready = new Promise<void>((resolve) =>
    child.stdout.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
      if (output.includes('Ready to accept connections')) resolve();
    }),
  );
  const reason = await Promise.race([ready, ended]);
  if (reason !== undefined || child.pid === undefined)
    throw new Error(
      reason?.includes('ENOENT')
        ? 'redis-server is not on PATH, and these tests need a real one: apt-get install redis-server.'
        : `redis-server did not start on port ${chosen}: ${reason}`,
    );
  // A server that nobody stopped must not keep jest from ending.
  child.unref();
  (child.stdout as Socket).unref();
  const end = async (signal: NodeJS.Signals) => {
    child.ref();
    child.kill(signal);
    await ended;
    rmSync(pidFile, { force: true });
  };
  return { url: `redis://127.0.0.1:${chosen}`, pid: child.pid, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}
