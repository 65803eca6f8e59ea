import { pino } from 'pino';
import { freePort } from '../../local/ports.ts';
import { shareOf } from '../delivery/carrier.ts';
import { openRedisCarrier } from '../delivery/carrierRedis.ts';
import { openLog } from '../process/log.ts';
import { until } from '../testing/harness.ts';
import { startRedis } from '../testing/redis.ts';

test('a carrier is opened while Redis is away, warns once, and carries and notifies as soon as Redis comes', async () => {
  const port = await freePort();
  const lines: { level: number; msg: string; reason?: string }[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as never) });
  const carrier = await openRedisCarrier(`redis://127.0.0.1:${port}`, log);
  const heard: string[] = [];
  const taken: string[] = [];
  await carrier.listen('test', (message) => heard.push(message));
  const stop = carrier.consume(
    shareOf('auth:all'),
    'progress',
    async (batch) => void taken.push(...batch.map(({ id }) => id)),
  );
  await expect(carrier.publish('auth:all', [{ id: '1', sealed: 'x' }])).rejects.toThrow();
  await expect(carrier.notify('test', 'too early')).rejects.toThrow();

  const redis = await startRedis(port);
  await until(() => carrier.publish('auth:all', [{ id: '2', sealed: 'y' }]), 'Redis takes events');
  await until(() => taken.includes('2'), 'the event is delivered');
  await until(() => carrier.notify('test', 'now').then(() => heard.includes('now')), 'the notification is heard');
  expect(taken).toEqual(['2']);
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    [40, 'Redis cannot be reached: events wait until it can'],
    [30, 'Redis can be reached: events travel'],
  ]);
  expect(lines[0]!.reason).toContain('ECONNREFUSED');
  await stop();
  await carrier.close();
  await redis.stop();
});

test.each(['127.0.0.1:6379', 'localhost:6379', 'http://127.0.0.1:6379', 'redis'])(
  'REDIS_URL %s is refused',
  async (url) => {
    await expect(openRedisCarrier(url, openLog('test', 'silent'))).rejects.toThrow(
      'REDIS_URL is no address of a Redis',
    );
  },
);
