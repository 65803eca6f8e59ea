import { Redis as Client } from 'ioredis';
import { type Redis, startRedis } from '../../../shared/testing/redis.ts';
import { CircuitBreaker } from '../../../shared/process/circuitBreaker.ts';
import { openLog } from '../../../shared/process/log.ts';
import { openRedis } from '../../../shared/redis/redis.ts';
import { attemptCounter } from '../signIn/attemptCounter.ts';
import { type Attempt, type Limiter, openLimiter } from '../signIn/limiter.ts';
import { limiterSuite, someAddress } from './limiterSuite.ts';

let redis: Redis;
beforeAll(async () => (redis = await startRedis()));
afterAll(() => redis.kill());

describe('counted in Redis', () => {
  limiterSuite(async () => ({ redisUrl: redis.urlOf('auth') }));
});

const codeOf = (tried: Promise<void>) =>
  tried.then(
    () => 'counted',
    (error: { code: string }) => error.code,
  );
const attemptOn = (account: string): Attempt => ({ account, address: someAddress(), isKnown: false });
const limiters: Limiter[] = [];
afterEach(async () => void (await Promise.all(limiters.splice(0).map((limiter) => limiter.close()))));
async function open(): Promise<Limiter> {
  const limiter = await openLimiter(redis.urlOf('auth'), 10, openLog('auth', 'silent'));
  limiters.push(limiter);
  return limiter;
}

test('two processes count together', async () => {
  const [one, other] = [await open(), await open()];
  const codes: string[] = [];
  for (let n = 0; n < 4; n++)
    codes.push(await codeOf(one.failed(attemptOn('ada'))), await codeOf(other.failed(attemptOn('ADA'))));
  expect(codes).toEqual([...Array<string>(5).fill('counted'), ...Array<string>(3).fill('RATE_LIMITED')]);
  expect(await codeOf(one.admit(attemptOn('ada')))).toBe('RATE_LIMITED');
  expect(await codeOf(other.admit(attemptOn('ada')))).toBe('RATE_LIMITED');
});

test('guests of one address are counted together, whichever process they come to', async () => {
  const [one, other] = [await open(), await open()];
  const address = someAddress();
  const codes: string[] = [];
  for (let n = 0; n < 12; n++) codes.push(await codeOf((n % 2 ? one : other).countGuest(address)));
  expect(codes).toEqual([...Array<string>(10).fill('counted'), 'RATE_LIMITED', 'RATE_LIMITED']);
  expect(await codeOf(one.countGuest(someAddress()))).toBe('counted');
});

test('what people type is no part of a key', async () => {
  const limiter = await open();
  await limiter.failed(attemptOn('ad*\r\nFLUSHALL {x}:admin'));
  const client = new Client(redis.url);
  const keys = await client.keys('*');
  client.disconnect();
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) expect(key).toMatch(/^questline:[a-z]+:[\w-]{43}$/);
});

test('while Redis answers late, the count goes on from where it was', async () => {
  const limiter = await open();
  for (let n = 1; n <= 4; n++) expect(await codeOf(limiter.failed(attemptOn('cleo')))).toBe('counted');
  process.kill(redis.pid, 'SIGSTOP');
  try {
    expect(await codeOf(limiter.failed(attemptOn('cleo')))).toBe('counted');
    expect(await codeOf(limiter.failed(attemptOn('cleo')))).toBe('RATE_LIMITED');
    expect(await codeOf(limiter.admit(attemptOn('cleo')))).toBe('RATE_LIMITED');
  } finally {
    process.kill(redis.pid, 'SIGCONT');
  }
});

test('a Redis that was late is not asked for a while, and the count goes on meanwhile', async () => {
  const link = openRedis(redis.url, openLog('auth', 'silent'), 'test');
  await link.connect();
  const breaker = new CircuitBreaker({ failures: 1, pauseMs: 600_000 });
  const counter = attemptCounter(link.client, { keyPrefix: 'questline:test', points: 10, duration: 600 }, breaker);
  const count = async () => (await counter.penalty('dora')).consumedPoints;
  expect(await count()).toBe(1);
  process.kill(redis.pid, 'SIGSTOP');
  try {
    expect(await count()).toBe(2);
  } finally {
    process.kill(redis.pid, 'SIGCONT');
  }
  expect([await count(), await count()]).toEqual([3, 4]);
  // What came late was executed, and what came later was never sent.
  expect(Number(await link.client.get('questline:test:dora'))).toBe(2);
  await link.close();
});

test('without Redis each process goes on counting by itself', async () => {
  const limiter = await open();
  await redis.kill();
  for (let n = 1; n <= 5; n++) expect(await codeOf(limiter.failed(attemptOn('bob')))).toBe('counted');
  expect(await codeOf(limiter.failed(attemptOn('bob')))).toBe('RATE_LIMITED');
  expect(await codeOf(limiter.admit(attemptOn('bob')))).toBe('RATE_LIMITED');
});
