import { pino } from 'pino';
import { RedisCache } from '../../gateway/cache/redisCache.ts';
import { storeSuite } from '../../gateway/test/cache/storeSuite.ts';
import { type RedisCluster, startRedisCluster } from '../../local/redisCluster.ts';
import { shareOf } from '../delivery/carrier.ts';
import { openRedisCarrier } from '../delivery/carrierRedis.ts';
import { openLog } from '../process/log.ts';
import { streamsOf } from '../delivery/partitions.ts';
import { until } from '../testing/harness.ts';

const quiet = openLog('test', 'silent');
const partitions = 16;
const streams = streamsOf('auth', partitions);
const clusters: RedisCluster[] = [];
const start = async (settings: Parameters<typeof startRedisCluster>[0] = {}) => {
  const cluster = await startRedisCluster({ folder: process.env['TEST_FOLDER']!, ...settings });
  clusters.push(cluster);
  return cluster;
};
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.stop();
});

/** The lines that a process that starts with this address writes of warnings. */
async function warned(url: string): Promise<{ reason: string; fix: string; msg: string }[]> {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  await (await openRedisCarrier(url, log)).close();
  return lines.map((line) => JSON.parse(line) as { reason: string; fix: string; msg: string });
}

test('a cluster whose master is killed loses no event that is not missed, and goes on when a replica has taken over', async () => {
  const cluster = await start({ replicas: 1 });
  const carrier = await openRedisCarrier(cluster.url, quiet, partitions);
  const seen = new Set<string>();
  const stop = carrier.consume(shareOf(...streams), 'progress', async (batch) =>
    batch.forEach(({ id }) => seen.add(id)),
  );
  const positions = new Map<string, string>();
  const publish = (name: string) =>
    until(async () => {
      for (const stream of streams)
        if (!positions.has(`${stream} ${name}`))
          positions.set(
            `${stream} ${name}`,
            (await carrier.publish(stream, [{ id: `${stream} ${name}`, sealed: 'x' }]))[0]!,
          );
      return true;
    }, `every stream takes ${name}`);
  await publish('first');
  await until(() => seen.size === streams.length, 'each is read');
  await cluster.nodes[0]!.kill();
  await publish('second');
  // What the master had acknowledged and not handed on is missed, or it is read.
  await until(async () => {
    for (const [id, position] of positions) {
      const stream = id.split(' ')[0]!;
      if (!seen.has(id) && (await carrier.missing(stream, ['progress'], [position])).length === 0) return false;
    }
    return true;
  }, 'each is read or missed');
  await publish('third');
  await until(() => [...seen].filter((id) => id.endsWith('third')).length === streams.length, 'all goes on');
  const told: string[] = [];
  await carrier.listen('popups:3', (message) => told.push(message));
  await until(() => carrier.notify('popups:3', 'x').then(() => told.length > 0), 'notifications arrive');
  await stop();
  await carrier.close();
}, 60_000);

test('a cluster that lacks a slot is one line, and events wait', async () => {
  const cluster = await start();
  const carrier = await openRedisCarrier(cluster.url, quiet, partitions);
  for (const node of cluster.nodes) await cluster.command(node, 'cluster', 'delslots', 6000);
  const lines = await warned(cluster.url);
  expect(lines).toMatchObject([
    { reason: 'The cluster serves 16383 of 16384 slots.', fix: expect.stringContaining('fix') },
  ]);
  await until(
    () =>
      carrier.publish('auth:3', [{ id: '1', sealed: 'x' }]).then(
        () => false,
        () => true,
      ),
    'the cluster takes nothing',
  );
  await cluster.command(cluster.nodes[1]!, 'cluster', 'addslots', 6000);
  await until(() => carrier.publish('auth:3', [{ id: '2', sealed: 'x' }]), 'it takes events again');
  await carrier.close();
}, 60_000);

test('nodes that send clients to one another in circles are one line', async () => {
  const cluster = await start();
  const [one, other] = cluster.nodes as [RedisCluster['nodes'][0], RedisCluster['nodes'][0]];
  const idOf = async (node: typeof one) => String(await cluster.command(node, 'cluster', 'myid'));
  await cluster.command(one, 'cluster', 'setslot', 7, 'node', await idOf(other));
  const lines = await warned(cluster.url);
  expect(lines.map(({ reason }) => reason)).toEqual([
    'The nodes of the cluster do not agree on who serves slot 7, and send us in circles.',
  ]);
});

test('a node that lets us not in is one line that names it', async () => {
  const cluster = await start({ flags: ['--user', 'auth', 'on', '>secret', '~*', '&*', '+@all'] });
  await cluster.command(cluster.nodes[2]!, 'acl', 'setuser', 'auth', 'resetpass', '>another');
  const lines = await warned(cluster.url.replace('redis://', 'redis://auth:secret@'));
  expect(lines).toHaveLength(1);
  expect(lines[0]!.reason).toMatch(`The node 127.0.0.1:${cluster.nodes[2]!.port} of the cluster: WRONGPASS`);
});

test('one node of a cluster that is named as if it stood alone is one line that says what to write', async () => {
  const cluster = await start();
  const lines = await warned(cluster.nodes[1]!.url);
  expect(lines).toHaveLength(1);
  expect(lines[0]!.fix).toContain('redis+cluster://');
  expect(await warned(cluster.nodes[1]!.url.replace('redis:', 'redis+cluster:'))).toEqual([]);
});

describe('on a cluster that lacks nothing', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster({ folder: process.env['TEST_FOLDER']! });
  });
  afterAll(() => cluster.stop());

  test('processes with another number of partitions are refused', async () => {
    await (await openRedisCarrier(cluster.url, quiet, 16)).close();
    await expect(openRedisCarrier(cluster.url, quiet, 8)).rejects.toThrow(
      'PARTITIONS is 8, but other processes on this Redis work with 16.',
    );
  });

  describe('answers that the gateway keeps', () => storeSuite(() => new RedisCache(cluster.url, quiet)));
});
