import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { redisArguments } from '../../local/redis.ts';

/** A redis-server that can be killed, frozen, filled and taken back in time. It writes its data only when told to. */
export interface FaultyRedis {
  url: string;
  /** Comes back on the same port: with nothing, or with what the last copy held. */
  start(from?: 'nothing' | 'copy'): Promise<void>;
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Keeps what is in it now for `start('copy')`. */
  keepCopy(): Promise<void>;
  /** One command on a connection of its own. */
  command(...words: (string | number)[]): Promise<unknown>;
}

export function faultyRedis(port: number, folder: string): FaultyRedis {
  const url = `redis://127.0.0.1:${port}`;
  const [dump, copy] = [join(folder, 'dump.rdb'), join(folder, 'copy.rdb')];
  let child: ChildProcess | undefined;
  process.on('exit', () => child?.kill('SIGKILL'));
  const redis: FaultyRedis = {
    url,
    async start(from = 'nothing') {
      rmSync(dump, { force: true });
      if (from === 'copy') copyFileSync(copy, dump);
      child = spawn('redis-server', redisArguments(port, folder), { stdio: ['ignore', 'pipe', 'inherit'] });
      const started = child;
      await new Promise<void>((resolve, reject) => {
        started.once('error', reject);
        started.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
        started.stdout!.on('data', (data: Buffer) => data.includes('Ready to accept connections') && resolve());
      });
    },
    async kill() {
      if (child?.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child!.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
    signal: (signal) => void child!.kill(signal),
    async keepCopy() {
      await redis.command('save');
      copyFileSync(dump, copy);
    },
    async command(name, ...words) {
      const connection = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
      connection.on('error', () => undefined);
      try {
        await connection.connect();
        return await connection.call(String(name), ...words);
      } finally {
        connection.disconnect();
      }
    },
  };
  return redis;
}
