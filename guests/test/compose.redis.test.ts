import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Redis as Client } from 'ioredis';
import { parse } from 'yaml';
import { type Redis, startRedis } from '../../shared/testing/redis.ts';

const root = join(import.meta.dirname, '../..');
const guests = globSync('guests/*/subgraph.ts', { cwd: root }).map((file) => basename(dirname(file)));
interface Service {
  profiles?: string[];
  command: string[];
  environment: Record<string, string | null>;
}
const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const parsed = parse(compose, { merge: true, maxAliasCount: -1 }) as { services: Record<string, Service> };
const services = Object.entries(parsed.services);
const ours = services.filter(([, { profiles }]) => profiles?.includes('guests'));

test('each guest is a service of the profile, and so is what serves one', () => {
  expect(ours.map(([name]) => name)).toEqual(expect.arrayContaining(guests));
  const programs = ours.flatMap(([, { command }]) => command.filter((word) => word.endsWith('.js')));
  expect(programs.length).toBeGreaterThan(guests.length);
  for (const program of programs)
    expect(existsSync(join(root, program.replace(/^dist/, '.').replace(/js$/, 'ts')))).toBe(true);
});

test('the lines for .env say all that the guests, and the others of them, want to be told', () => {
  const command = [join(root, 'local/secrets.ts'), '--guests'];
  const environment = { PATH: process.env['PATH'], EVENT_SECRET: 'e'.repeat(64) };
  const printed = execFileSync(process.execPath, command, {
    cwd: import.meta.dirname,
    env: environment,
    encoding: 'utf8',
  });
  const lines = new Map(
    printed
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  const values = ours.flatMap(([, { environment: told }]) => Object.values(told));
  const wanted = values.flatMap((value) => [...(value ?? '').matchAll(/\$\{(\w+):-\}/g)].map(([, name]) => name!));
  expect(wanted.length).toBeGreaterThan(3 * guests.length);
  expect(wanted.filter((name) => !lines.has(name))).toEqual([]);
  expect(lines.get('EVENT_SOURCES')!.split(',').sort()).toEqual([...guests].sort());
  for (const path of [lines.get('SUPERGRAPH')!, ...lines.get('OPERATIONS')!.split(',')])
    expect(existsSync(join(root, path.replace(/^dist/, '.')))).toBe(true);
  for (const name of guests) expect(lines.get(`ROUTING_URL_${name.toUpperCase()}`)).toBe(`http://${name}:4000/graphql`);
});

describe('the Redis user', () => {
  let redis: Redis;
  const clients: Record<string, Client> = {};
  beforeAll(async () => {
    redis = await startRedis();
    for (const user of [...guests, 'aggregator']) clients[user] = new Client(redis.urlOf(user));
  });
  afterAll(async () => {
    for (const client of Object.values(clients)) client.disconnect();
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
  const confirms = (source: string) => ['RPUSH', `questline:{${source}:3}:confirmed:progress`, '1-1 1'];
  const everybody = [...guests, 'aggregator'].flatMap((user): [string, string[]][] => [
    [user, makesAnEvent(user === 'quotes' ? 'alerts' : 'quotes')],
    [user, makesAnEvent('progress')],
    [user, confirms(user)],
    [user, ['FLUSHALL']],
    [user, ['KEYS', '*']],
  ]);
  test.each([
    ...everybody,
    ['aggregator', ['XADD', 'questline:{quotes:lookups}:asked', '*', 'code', 'x']],
    ['alerts', ['XADD', 'questline:{quotes:lookups}:asked', '*', 'code', 'x']],
    ['quotes', ['XADD', 'questline:{quotes:lookups}:answers:x', '*', 'outcome', '{}']],
    ['quotes', ['ZADD', 'questline:alerts:timeline:x', '1', 'x']],
  ] as [string, string[]][])('%s may not %j', async (user, [command, ...values]) => {
    await expect(clients[user]!.call(command!, ...values)).rejects.toThrow(/NOPERM|no permissions/i);
  });
});
