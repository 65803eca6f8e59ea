import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { freePort } from '../../local/ports.ts';
import { redisArguments } from '../../local/redis.ts';

export type RedisUser = 'auth' | 'catalog' | 'progress';

export interface Redis {
  /** For somebody who may do anything. */
  url: string;
  /** For a subgraph, who may do what docker-compose.yml lets it do. */
  urlOf(user: string): string;
  pid: number;
  /** In order, as an operator would. */
  stop(): Promise<void>;
  /** At once, as a crash would. */
  kill(): Promise<void>;
}

/** The subgraphs' users as docker-compose.yml has them, but that their passwords are their names. */
const users = (
  parse(readFileSync(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8')) as {
    services: { redis: { command: string[] } };
  }
).services.redis.command
  .filter((argument) => argument.startsWith('--user') && !argument.startsWith('--user default'))
  .map((user) => user.replace(/\$\{([A-Z]+)_REDIS_PASSWORD.*?\}/, (_, name: string) => name.toLowerCase()));

/** The address of a server on this port for one of its users. */
export const redisUrl = (port: number, user: string): string => `redis://${user}:${user}@127.0.0.1:${port}`;

/** A real redis-server on loopback that keeps nothing on disk. Give the port of an earlier one to bring it back empty. */
export async function startRedis(port?: number): Promise<Redis> {
  const chosen = port ?? (await freePort());
  const folder = process.env['TEST_FOLDER'] ?? '/tmp';
  // By this file globalTeardown finds the servers that a failed test has left.
  const pidFile = join(folder, `redis.${chosen}.pid`);
  const settings = [...redisArguments(chosen, folder), '--pidfile', pidFile, ...users];
  const child = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'ignore'] });
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
    throw new Error(`redis-server did not start on port ${chosen}: ${reason}`);
  // A server that nobody stopped must not keep jest from ending.
  child.unref();
  (child.stdout as Socket).unref();
  const end = async (signal: NodeJS.Signals) => {
    child.ref();
    child.kill(signal);
    await ended;
    rmSync(pidFile, { force: true });
  };
  return {
    url: `redis://127.0.0.1:${chosen}`,
    urlOf: (user) => redisUrl(chosen, user),
    pid: child.pid,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}
