import { Redis as Client } from 'ioredis';
import { type Graph, log, startGraph } from '../../../local/test/graph.ts';
import { openRedisCarrier } from '../../../shared/delivery/carrierRedis.ts';
import type { Surroundings } from '../../../shared/subgraph/joined.ts';
import { untilEqual } from '../../../shared/testing/harness.ts';
import { type Redis, startRedis } from '../../../shared/testing/redis.ts';
import joining from '../../join.ts';
import { callByGrpc, unpromised } from '../../test/clients.ts';
import { queueKey, refusedKey } from '../locations/queue.ts';
import { type SentLocation, type Visitor, locationAt, met, metersFrom, minutesAgo, visitor, was } from './visitors.ts';

const graph = {} as Graph;
let redis: Redis;
let client: Client;
beforeAll(async () => {
  redis = await startRedis();
  client = new Client(redis.url);
  // Venue has the rights that its process has where each process has its own.
  const restricted = joining.subgraphs.map(({ start, ...one }) => ({
    ...one,
    start: (given: Surroundings) => start(one.name === 'venue' ? { ...given, redisUrl: redis.urlOf('venue') } : given),
  }));
  const joined = { ...joining, subgraphs: restricted };
  Object.assign(graph, await startGraph(() => openRedisCarrier(redis.url, log), redis.url, {}, joined));
});
afterAll(async () => {
  client.disconnect();
  await graph.stop();
  await redis.stop();
});

const post = ({ token }: Visitor, body: string) =>
  fetch(new URL('/locations:batch', graph.url()), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  });

type Refusals = Record<string, string>;
const byId = (refused: readonly { device_event_id: string; reason: string }[]): Refusals =>
  Object.fromEntries(refused.map(({ device_event_id, reason }) => [device_event_id, reason]));

/** Sends locations one way; resolves to why some of them were not taken, by their ids. */
type Way = (who: Visitor, locations: readonly SentLocation[]) => Promise<Refusals>;

const byRest: Way = async (who, locations) => {
  const response = await post(who, JSON.stringify({ locations }));
  expect(await unpromised('venue', 'ingestLocations', response.clone())).toEqual([]);
  const answer = (await response.json()) as {
    accepted: number;
    refused: { device_event_id: string; reason: string }[];
  };
  expect(answer.accepted + answer.refused.length).toBe(locations.length);
  return byId(answer.refused);
};

const byGrpc: Way = async (who, locations) => {
  const messages = locations.map((one) => ({
    ...{ device_event_id: one.deviceEventId, lat: one.lat, lon: one.lon },
    ...{ accuracy_m: one.accuracyM, captured_at: one.capturedAt },
  }));
  const answer = await callByGrpc(graph, 'venue', 'IngestLocations', { locations: messages }, who.token);
  const { accepted = 0, refused = [] } = answer.ingest_locations;
  expect(accepted + refused.length).toBe(locations.length);
  return byId(refused);
};

const queue = async (entry: object) =>
  client.xadd(queueKey, '*', ...Object.entries(entry).flatMap(([name, value]) => [name, String(value)]));
const refusedOf = async (person: string): Promise<Refusals> => {
  const entries = await client.xrange(refusedKey, '-', '+');
  const told = entries.map(([, words]) => {
    const fields = words.flatMap((word, n) => (n % 2 === 0 ? [[word, words[n + 1]!]] : []));
    return Object.fromEntries(fields) as Record<'person' | 'deviceEventId' | 'reason', string>;
  });
  const own = told.filter((one) => one.person === person);
  return byId(own.map(({ deviceEventId, reason }) => ({ device_event_id: deviceEventId, reason })));
};
const untilDone = () => untilEqual(() => client.xlen(queueKey), 0, 'the queue to be done');

const byQueue: Way = async (who, locations) => {
  for (const location of locations) await queue({ person: who.id, ...location });
  await untilDone();
  return refusedOf(who.id);
};

describe.each<[string, Way]>([
  ['REST', byRest],
  ['gRPC', byGrpc],
  ['the queue', byQueue],
])('by %s', (_, send) => {
  const spot = metersFrom(100);
  const at = (minutes: number, change: object = {}) => locationAt(minutesAgo(minutes), spot, change);

  test('what is good is taken, and each of the others refused for its own reason', async () => {
    const [who, other] = [await visitor(graph), await visitor(graph)];
    const [good, again] = [at(30), at(20)];
    const sent: [SentLocation, string | undefined][] = [
      [good, undefined],
      [again, undefined],
      [at(19, { lat: 91, lon: 100 }), 'OUT_OF_RANGE'],
      [at(19, { lat: 139.7, lon: 35.7 }), 'SWAPPED'],
      [at(-24 * 60), 'IN_THE_FUTURE'],
      [at(24 * 60 + 1), 'TOO_OLD'],
      [at(19, { accuracyM: 101 }), 'INACCURATE'],
      [at(19, { lat: 13.4, lon: 52.5 }), 'TOO_FAST'],
      [at(19, { deviceEventId: 'not an id' }), 'BAD_ID'],
      [{ ...at(0), capturedAt: new Date(Date.parse(again.capturedAt) + 100).toISOString() }, 'TOO_SOON'],
    ];
    const expected = sent.flatMap(([{ deviceEventId }, reason]) => (reason ? [[deviceEventId, reason]] : []));
    expect(
      await send(
        who,
        sent.map(([location]) => location),
      ),
    ).toEqual(Object.fromEntries(expected));
    // What comes again is refused, and what was refused for its time may come with another.
    expect(await send(who, [good])).toMatchObject({ [good.deviceEventId]: 'DUPLICATE' });
    await was(graph, other, minutesAgo(30), metersFrom(101));
    expect(await met(graph, other)).toContain(who.name);
    expect((await met(graph, who)).filter((name) => name === other.name)).toEqual([other.name]);
  });

  test('nothing is taken of who does not share', async () => {
    const shy = await visitor(graph, false);
    const location = at(1);
    expect(await send(shy, [location])).toEqual({ [location.deviceEventId]: 'NO_CONSENT' });
  });
});

describe('what is none at all', () => {
  test('a latitude that is no number is taken by no way', async () => {
    const who = await visitor(graph);
    const location = locationAt(minutesAgo(1), metersFrom(200), { lat: NaN });
    expect((await post(who, JSON.stringify({ locations: [location] }).replace('null', 'NaN'))).status).toBe(400);
    expect((await post(who, JSON.stringify({ locations: [location] }))).status).toBe(400);
    await expect(byGrpc(who, [location])).rejects.toThrow(/INVALID_ARGUMENT/);
    expect(await byQueue(who, [location])).toEqual({ [location.deviceEventId]: 'OUT_OF_RANGE' });
  });

  test('a batch of none, of 501 or of a million is refused, and the next one of 500 taken', async () => {
    const who = await visitor(graph);
    const many = (count: number) =>
      Array.from({ length: count }, (_, n) => locationAt(new Date(Date.now() - 1000 * n - 1000), metersFrom(300)));
    for (const count of [0, 501]) {
      expect((await post(who, JSON.stringify({ locations: many(count) }))).status).toBe(400);
      await expect(byGrpc(who, many(count))).rejects.toThrow(/INVALID_ARGUMENT/);
    }
    const million = `{"locations":[${'{},'.repeat(999_999)}{}]}`;
    expect((await post(who, million)).status).toBe(400);
    expect(await byRest(who, many(500))).toEqual({});
  });

  test('entries of the queue that name nobody, or say nothing, are refused, and hold nobody up', async () => {
    const who = await visitor(graph);
    await queue({ person: 'nobody', deviceEventId: 'odd-1' });
    await queue({ deviceEventId: 'odd-2' });
    await queue({ nothing: '' });
    await queue({ person: who.id, deviceEventId: 'odd-3', lat: '', lon: '0x10', accuracyM: '1', capturedAt: 'now' });
    const good = locationAt(minutesAgo(1), metersFrom(400));
    expect(await byQueue(who, [good])).toEqual({ 'odd-3': 'OUT_OF_RANGE' });
    expect(await refusedOf('nobody')).toEqual({ 'odd-1': 'NO_PERSON' });
  });

  test('no coordinate stands in what the queue keeps', async () => {
    const who = await visitor(graph);
    const location = locationAt(minutesAgo(1), { lat: 52.765_432_1, lon: 13.123_456_7 }, { accuracyM: 500 });
    await byQueue(who, [location]);
    expect(JSON.stringify(await client.xrange(refusedKey, '-', '+'))).not.toMatch(/52\.765|13\.123/);
  });
});
