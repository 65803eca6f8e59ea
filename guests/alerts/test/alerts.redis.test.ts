import { Redis as Client } from 'ioredis';
import { openRedisCarrier } from '../../../shared/delivery/carrierRedis.ts';
import { type Redis, startRedis } from '../../../shared/testing/redis.ts';
import { untilEqual } from '../../../shared/testing/harness.ts';
import { type Graph, log, startGraph } from '../../../local/test/graph.ts';
import joining from '../../join.ts';
import { importQuestsOf, newcomer } from '../../test/graph.ts';
import { alertsSuite } from './alertsSuite.ts';

describe('alerts with Redis', () => {
  const graph = {} as Graph;
  let redis: Redis;
  let client: Client;
  beforeAll(async () => {
    redis = await startRedis();
    client = new Client(redis.url);
    Object.assign(graph, await startGraph(() => openRedisCarrier(redis.url, log), redis.url, {}, joining));
    await importQuestsOf(graph, joining.quests);
  });
  afterAll(async () => {
    client.disconnect();
    await graph.stop();
    await redis.stop();
  });
  alertsSuite(graph);

  test('a timeline is answered from the cache, and the same after Redis has forgotten everything', async () => {
    const [author, reader] = [await newcomer(graph), await newcomer(graph)];
    const subscribe = 'mutation { subscribeTo(category: "power") { category } }';
    await graph.ask(subscribe, {}, reader.token);
    const post = (title: string) =>
      graph.ask(
        'mutation ($input: PostInput!) { createPost(input: $input) { id } }',
        { input: { category: 'power', title, body: 'Dark.' } },
        author.token,
      );
    const read = async () => {
      const { data } = await graph.ask('{ me { timeline { nodes { title } } } }', {}, reader.token);
      return data.me.timeline.nodes.map(({ title }: { title: string }) => title);
    };
    expect(await read()).toEqual([]);
    for (const title of ['one', 'two']) {
      await post(title);
      await untilEqual(async () => (await read())[0], title, 'it to arrive');
    }
    const key = `questline:alerts:timeline:${reader.id}`;
    expect(await client.zcard(key)).toBe(4);
    await client.flushall();
    expect(await Promise.all(Array.from({ length: 20 }, read))).toEqual(Array(20).fill(['two', 'one']));
    await untilEqual(() => client.zcard(key), 4, 'the cache to be filled again');
    await post('three');
    await untilEqual(read, ['three', 'two', 'one'], 'the third to arrive');
  });
});
