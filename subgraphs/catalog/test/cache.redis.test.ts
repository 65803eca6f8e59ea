import { createHash } from 'node:crypto';
import { Redis as Client } from 'ioredis';
import { until } from '../../../shared/testing/harness.ts';
import { type Redis, startRedis } from '../../../shared/testing/redis.ts';
import { redisShelf } from '../cache/cacheRedis.ts';
import { openLog } from '../../../shared/process/log.ts';
import { type RedisLink, openRedis } from '../../../shared/redis/redis.ts';
import { type CatalogUnderTest, catalogDatabase, openCatalog } from './catalog.ts';

let redis: Redis;
let client: Client;
let database: Awaited<ReturnType<typeof catalogDatabase>>;
let catalog: CatalogUnderTest;
let neighbour: CatalogUnderTest;
beforeAll(async () => {
  redis = await startRedis();
  client = new Client(redis.url, { retryStrategy: () => 50 });
  client.on('error', () => {});
  database = await catalogDatabase();
  catalog = await openCatalog(database.url, { redisUrl: redis.urlOf('catalog'), demo: true });
  neighbour = await openCatalog(database.url, { redisUrl: redis.urlOf('catalog') });
});
afterAll(async () => {
  client?.disconnect();
  for (const link of links) await link.close();
  await neighbour?.stop();
  await catalog?.stop();
  await database?.drop();
  await redis?.stop();
});

const links: RedisLink[] = [];
async function linked(): Promise<RedisLink> {
  const link = openRedis(redis.url, openLog('test', 'silent'), 'test');
  links.push(link);
  await link.client.connect();
  return link;
}

interface Quest {
  id: string;
  title: string;
  startsAt: string;
}
const find = async (subgraph: CatalogUnderTest, name = 'welcome-back') =>
  (
    await subgraph.ask<{ quest: Quest | null }>(
      'player',
      'query ($name: String!) { quest: questByName(name: $name) { id title startsAt } }',
      { name },
    )
  ).data.quest;
const stats = async (subgraph: CatalogUnderTest) =>
  (
    await subgraph.ask<{ stats: { hits: number; misses: number } }>(
      'operator',
      '{ stats: questCacheStats { hits misses } }',
    )
  ).data.stats;
const update = (subgraph: CatalogUnderTest, id: string, title: string) =>
  subgraph.ask('operator', 'mutation ($id: ID!, $input: QuestUpdate!) { updateQuest(id: $id, input: $input) { id } }', {
    id,
    input: { title },
  });
/** Both subgraphs have their connection, so that each answer comes from Redis. */
const connected = (subgraph: CatalogUnderTest) =>
  until(async () => {
    const before = await stats(subgraph);
    await find(subgraph);
    return (await stats(subgraph)).hits > before.hits;
  }, 'a quest is found in Redis');

test('what one process has loaded, another finds in Redis, the same to the millisecond', async () => {
  await connected(catalog);
  await connected(neighbour);
  const asked = neighbour.statements().length;
  expect(await find(neighbour)).toEqual(await find(catalog));
  expect(neighbour.statements()).toHaveLength(asked);
});

test('what one process changes, another sees at once', async () => {
  const quest = await find(neighbour);
  await update(catalog, quest!.id, 'Seen by all');
  expect((await find(neighbour))!.title).toBe('Seen by all');
});

test('keys live for at most a minute and say nothing that a caller wrote', async () => {
  await find(catalog, 'no-such-quest');
  const keys = await client.keys('*');
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) {
    expect(key).toMatch(/^questline:catalog:[0-9a-f]{12}:(quest|name|reward):[\w-]{43}$/);
    const ttl = await client.pttl(key);
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(60_000);
  }
});

test('what an earlier version left, which lacks fields of today, is not looked at', async () => {
  const name = 'three-days-in-a-row';
  const key = `questline:catalog:1:name:${createHash('sha256').update(name).digest('base64url')}`;
  const old = { name, title: 'Old', startsAt: new Date(), endsAt: null, hidden: false, archivedAt: null };
  await redisShelf(await linked()).put([{ key, version: 1, text: JSON.stringify(old) }]);
  const { data } = await catalog.ask('player', '{ questByName(name: "three-days-in-a-row") { title period } }');
  expect(data).toEqual({ questByName: { title: 'Three days in a row', period: 'DAY' } });
});

test('500 equal misses at the same time are at most 3 loads', async () => {
  await client.flushall();
  const asked = catalog.statements().length;
  const answers = await Promise.all(Array.from({ length: 500 }, () => find(catalog)));
  expect(new Set(answers.map((quest) => quest!.title)).size).toBe(1);
  expect(catalog.statements().length - asked).toBeGreaterThan(0);
  expect(catalog.statements().length - asked).toBeLessThanOrEqual(3);
});

test('the shelf keeps the newer version, whichever comes first', async () => {
  const shelf = redisShelf(await linked());
  await shelf.put([
    { key: 'a', version: 10, text: 'a 10' },
    { key: 'b', version: 9, text: 'b 9' },
  ]);
  await shelf.put([
    { key: 'a', version: 9, text: 'a 9' },
    { key: 'b', version: 10, text: 'b 10' },
  ]);
  expect(await shelf.take(['a', 'b', 'c'])).toEqual(['a 10', 'b 10', null]);
  await client.del('a', 'b');
});

test('a Redis that hangs delays no answer beyond its limit, and the next ones not at all', async () => {
  const shelf = redisShelf(await linked());
  try {
    process.kill(redis.pid, 'SIGSTOP');
    await expect(shelf.take(['a'])).rejects.toThrow('Redis is late');
    await expect(shelf.take(['a'])).rejects.toThrow('away a moment ago');
  } finally {
    process.kill(redis.pid, 'SIGCONT');
  }
});

test('a Redis that is killed costs no answer; one that comes back is used again', async () => {
  await redis.kill();
  const quest = await find(catalog);
  expect(quest!.title).toBe('Seen by all');
  expect((await update(catalog, quest!.id, 'Changed without Redis')).errors).toBeUndefined();
  expect((await find(neighbour))!.title).toBe('Changed without Redis');
  redis = await startRedis(Number(new URL(redis.url).port));
  await connected(catalog);
  await connected(neighbour);
  expect((await find(neighbour))!.title).toBe('Changed without Redis');
});
