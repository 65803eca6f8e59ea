import { Redis as Client } from 'ioredis';
import { type Redis, type RedisUser, startRedis } from '../testing/redis.ts';

/** What a subgraph may not do in Redis, should it fall into wrong hands. That each may do what it has to, the tests of the subgraphs show. */
describe('the Redis user', () => {
  let redis: Redis;
  const clients = new Map<RedisUser, Client>();
  beforeAll(async () => {
    redis = await startRedis();
    for (const user of ['auth', 'catalog', 'progress'] as const) clients.set(user, new Client(redis.urlOf(user)));
  });
  afterAll(async () => {
    for (const client of clients.values()) client.disconnect();
    await redis.stop();
  });

  const makesAnEvent = (source: string) => [
    'XADD',
    `questline:{${source}:3}:events`,
    '*',
    'id',
    '1',
    'event',
    'forged',
  ];
  const confirms = (source: string, group: string) => ['RPUSH', `questline:{${source}:3}:confirmed:${group}`, '1-1 1'];
  const reads = (source: string) => [
    'XREADGROUP',
    'GROUP',
    'progress',
    'me',
    'STREAMS',
    `questline:{${source}:3}:events`,
    '>',
  ];
  const notifies = (channel: string) => ['SPUBLISH', `questline:{${channel}}:notify`, 'somebody'];
  const listens = (channel: string) => ['SSUBSCRIBE', `questline:{${channel}}:notify`];
  const script = (key: string) => ['EVAL', `return redis.call('SET', KEYS[1], 'x')`, '1', key];
  const reaches = [
    ['FLUSHALL'],
    ['CONFIG', 'GET', '*'],
    ['KEYS', '*'],
    ['SCAN', '0'],
    ['MONITOR'],
    ['ACL', 'LIST'],
    ['CLIENT', 'LIST'],
    ['SHUTDOWN'],
    ['DEL', 'questline:{auth:3}:events'],
    ['GET', 'the key of somebody else'],
    ['XGROUP', 'DESTROY', 'questline:{auth:3}:events', 'progress'],
  ];
  const cases: [RedisUser, string[]][] = [
    ['auth', makesAnEvent('catalog')],
    ['auth', makesAnEvent('progress')],
    ['auth', confirms('auth', 'progress')],
    ['auth', confirms('catalog', 'progress')],
    ['auth', notifies('popups:3')],
    ['auth', listens('popups:3')],
    ['auth', notifies('catalog:all')],
    ['progress', notifies('relay:auth')],
    ['auth', script('questline:catalog:2:quest:x')],
    ['catalog', makesAnEvent('auth')],
    ['catalog', makesAnEvent('progress')],
    ['catalog', confirms('auth', 'progress')],
    ['catalog', reads('auth')],
    ['catalog', notifies('popups:3')],
    ['catalog', notifies('sessions')],
    ['catalog', script('questline:attempts:x')],
    ['progress', makesAnEvent('auth')],
    ['progress', makesAnEvent('catalog')],
    ['progress', confirms('catalog', 'auth')],
    ['progress', notifies('sessions')],
    ['progress', listens('sessions')],
    ['progress', ['SET', 'questline:catalog:2:quest:x', 'x']],
    ['progress', ['DEL', 'questline:pause:x']],
    ...(['auth', 'catalog', 'progress'] as const).flatMap((user) =>
      reaches.map((command): [RedisUser, string[]] => [user, command]),
    ),
  ];
  test.each(cases)('%s may not %j', async (user, [command, ...values]) => {
    await expect(clients.get(user)!.call(command!, ...values)).rejects.toThrow(/NOPERM|no permissions/i);
  });
});
