import { execFileSync } from 'node:child_process';
import { PunctualRedis } from '../redis/punctualRedis.ts';
import { type Redis, startRedis } from '../testing/redis.ts';

let server: Redis;
let redis: PunctualRedis;
beforeAll(async () => {
  server = await startRedis();
  redis = new PunctualRedis({ port: Number(new URL(server.url).port), commandTimeout: 100, lazyConnect: true });
  await redis.connect();
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

/** Nothing else happens in this process until Redis has answered what was asked before, and the time for it is over. */
function beBusy(ms: number): void {
  const end = performance.now() + ms;
  execFileSync('redis-cli', ['-u', server.url, 'ping']);
  while (performance.now() < end);
}

test('an answer that came while the process was busy has come', async () => {
  const [one, several] = [redis.ping(), redis.pipeline().set('key', 'value').get('key').exec()];
  await new Promise((resolve) => setImmediate(resolve)); // it is sent
  beBusy(200);
  expect(await one).toBe('PONG');
  expect(await several).toEqual([
    [null, 'OK'],
    [null, 'value'],
  ]);
});

test('a Redis that hangs is late, and is asked again when it goes on', async () => {
  process.kill(server.pid, 'SIGSTOP');
  try {
    await expect(redis.ping()).rejects.toThrow('Redis is late');
    const several = await redis.pipeline().get('key').get('key').exec();
    expect(several!.map(([error]) => error?.message)).toEqual(['Redis is late', 'Redis is late']);
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
  expect(await redis.get('key')).toBe('value');
});
