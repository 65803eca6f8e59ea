import { pino } from 'pino';
import { until } from '../../../shared/testing/harness.ts';
import { type Redis, startRedis } from '../../../shared/testing/redis.ts';
import type { CacheStore } from '../../cache/cacheStore.ts';
import { MemoryCache } from '../../cache/memoryCache.ts';
import { RedisCache } from '../../cache/redisCache.ts';
import { openShop } from './shop.ts';
import { entry, fresh, isOpen, storeSuite } from './storeSuite.ts';

let redis: Redis;
const stores: CacheStore[] = [];
const lines: string[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(() => stores.splice(0).forEach((store) => store.stop()));
afterAll(() => redis.stop());

describe('answers kept in memory', () => storeSuite(() => new MemoryCache(1_000_000)));
describe('answers kept in Redis', () => storeSuite(() => new RedisCache(redis.url, log)));

test('memory holds no more than it may: what was used least recently goes, and the enormous is not kept at all', async () => {
  const store = new MemoryCache(100_000);
  const text = 'x'.repeat(4000);
  const keys = Array.from({ length: 30 }, () => fresh());
  for (const key of keys) {
    await store.keep([entry(key, { text })], 0);
    await store.find([keys[0]!]);
    expect(store.size().bytes).toBeLessThanOrEqual(100_000);
  }
  const { entries } = await store.find(keys);
  expect([entries[0], entries[1], entries.at(-1)].map((each) => each !== undefined)).toEqual([true, false, true]);
  const before = store.size();
  await store.keep([entry('enormous', { text: 'x'.repeat(20_000) })], 0);
  expect(store.size()).toEqual(before);
  await store.keep([entry(keys[0]!, { text: 'y'.repeat(20_000) })], 0);
  expect((await store.find([keys[0]!])).entries).toEqual([undefined]);
  await store.invalidate(keys.map((key) => `tag of ${key}`));
  expect(store.size()).toEqual({ entries: 0, bytes: 0 });
});

test('what one gateway keeps in Redis another finds, and what one invalidates is gone for all', async () => {
  const [one, other] = [new RedisCache(redis.url, log), new RedisCache(redis.url, log)] as const;
  stores.push(one, other);
  const key = fresh();
  await until(async () => (await isOpen(one)) && isOpen(other), 'both are connected');
  await one.keep([entry(key)], (await one.find([key])).asOf);
  expect((await other.find([key])).entries).toMatchObject([{ isShared: true }]);
  expect(await other.invalidate([`tag of ${key}`])).toBe(1);
  expect((await one.find([key])).entries).toEqual([undefined]);
});

test('a gateway goes on without its Redis, and says so once', async () => {
  const own = await startRedis();
  const shop = await openShop(`cache: { store: redis, redis_url: ${own.url} }\n`);
  try {
    const query = '{ product(upc: "1") { left } }';
    shop.says.stock = { 'cache-control': 'max-age=60, public' };
    await until(async () => {
      shop.times('stock');
      await shop.ask(query);
      return shop.times('stock') === 0;
    }, 'it is kept');
    await own.stop();
    shop.logged.length = 0;
    for (const left of [5, 6, 7]) {
      shop.products.get('1')!.left = left;
      expect(await shop.ask(query)).toMatchObject({ data: { product: { left } } });
    }
    expect(shop.logged.filter((line) => line.includes('cannot be reached'))).toHaveLength(1);
  } finally {
    await shop.stop();
  }
});
