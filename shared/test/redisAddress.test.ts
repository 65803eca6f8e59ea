import { readRedisUrl } from '../redis/redisAddress.ts';

test.each<[string, object]>([
  ['redis://127.0.0.1', { form: 'server', nodes: [{ host: '127.0.0.1', port: 6379 }], isEncrypted: false }],
  ['rediss://u%40x:p%2Cw@redis:6380/2', { username: 'u@x', password: 'p,w', isEncrypted: true, database: 2 }],
  ['redis://[::1]:7000', { nodes: [{ host: '::1', port: 7000 }] }],
  [
    'redis://auth:secret@a:7000,b:7001, redis://auth:secret@c',
    {
      form: 'cluster',
      username: 'auth',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
        { host: 'c', port: 6379 },
      ],
    },
  ],
  ['rediss+cluster://one:7000', { form: 'cluster', isEncrypted: true, nodes: [{ host: 'one', port: 7000 }] }],
  [
    'redis+sentinel://:secret@a,b:26380/mymaster/3',
    {
      form: 'sentinels',
      master: 'mymaster',
      password: 'secret',
      database: 3,
      nodes: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 26380 },
      ],
    },
  ],
])('%s is read', (url, address) => {
  expect(readRedisUrl(url)).toMatchObject(address);
});

test.each<[string, string]>([
  ['', 'no address'],
  ['http://127.0.0.1:6379', 'no address'],
  ['redis://', 'no address'],
  ['redis://a,,b', 'no address'],
  ['redis://a:99999', 'no address'],
  ['redis+sentinel://a,b', 'which master'],
  ['redis://a,b/2', 'only one'],
  ['redis://a/x', 'no database'],
  ['redis://auth:one@a,auth:two@b', 'different users or passwords'],
])('%s is refused in one line', (url, sentence) => {
  expect(() => readRedisUrl(url)).toThrow(sentence);
});
