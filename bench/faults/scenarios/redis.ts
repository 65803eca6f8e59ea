import { setTimeout as sleep } from 'node:timers/promises';
import { streamsOf, usualPartitions } from '../../../shared/delivery/partitions.ts';
import { streamKey } from '../../../shared/delivery/redisStream.ts';
import type { Scenario } from '../scenario.ts';

/** Without Redis events wait and players do not notice. */
const unnoticed = { success: 0.999, longestMs: 1000 };

const streams = streamsOf('auth', usualPartitions).map(streamKey);

/** The carrier loses everything, goes back in time, is away, stands still, or is full. */
export const redis: Scenario[] = [
  {
    name: 'redis killed with its data',
    limits: unnoticed,
    async strike({ redis }) {
      await redis.kill();
      await redis.start();
    },
  },
  {
    name: 'redis flushed',
    limits: unnoticed,
    strike: async ({ redis }) => void (await redis.command('flushall')),
  },
  {
    name: 'redis flushed again and again',
    limits: unnoticed,
    async strike({ redis }, random) {
      for (let n = 0; n < 20; n++) {
        await redis.command('flushall');
        await sleep(random() * 200);
      }
    },
  },
  {
    name: 'redis rolled back',
    limits: unnoticed,
    async strike({ redis }) {
      await redis.keepCopy();
      await sleep(2000);
      await redis.kill();
      await redis.start('copy');
    },
  },
  {
    name: 'redis delivers everything again',
    limits: unnoticed,
    async strike({ redis }, random, note) {
      const seen = new Map<string, string[]>();
      for (const end = performance.now() + 2000; performance.now() < end; await sleep(10))
        for (const stream of streams)
          for (const [position, fields] of (await redis.command('xrange', stream, '-', '+')) as [string, string[]][])
            seen.set(`${stream} ${position}`, [stream, ...fields]);
      const again = [...seen.values()].flatMap((entry) => Array<string[]>(1 + Math.floor(random() * 4)).fill(entry));
      const shuffled = again.map((entry) => [random(), entry] as const).sort(([a], [b]) => a - b);
      for (const [, [stream, ...fields]] of shuffled) await redis.command('xadd', stream!, '*', ...fields);
      note(`${seen.size} events came ${again.length} times more, in another order`);
    },
  },
  ...[5, 15].map((seconds): Scenario => ({
    name: `redis absent for ${seconds} s`,
    limits: unnoticed,
    async strike({ redis }) {
      await redis.kill();
      await sleep(seconds * 1000);
      await redis.start();
    },
  })),
  {
    name: 'redis frozen',
    limits: unnoticed,
    async strike({ redis }) {
      redis.signal('SIGSTOP');
      await sleep(5000);
      redis.signal('SIGCONT');
    },
  },
  {
    name: 'redis full',
    limits: unnoticed,
    async strike({ redis }) {
      await redis.command('config', 'set', 'maxmemory-policy', 'noeviction');
      await redis.command('config', 'set', 'maxmemory', '1mb');
      await sleep(5000);
      await redis.command('config', 'set', 'maxmemory', '0');
    },
  },
];
