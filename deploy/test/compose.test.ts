import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { programs, root, variablesOfPrograms } from './variables.ts';

const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), {
  merge: true,
  maxAliasCount: -1,
}) as {
  services: Record<
    string,
    {
      environment?: Record<string, string | null>;
      image: string;
      command?: string[];
      ports?: string[];
      profiles?: string[];
    }
  >;
};
const variables = variablesOfPrograms();
const isOf = (profile: string, name: string) => services[name]!.profiles?.includes(profile) ?? false;

test.each(programs)('in containers every variable of %s can be set, and none that it does not read', (program) => {
  expect(variables[program].size).toBeGreaterThan(8);
  // Where subgraphs that join are is said by their own lines in .env.
  const joins = Object.keys(services).filter((name) => isOf('guests', name));
  const addresses = new Set(joins.map((name) => `ROUTING_URL_${name.toUpperCase()}`));
  const told = Object.keys(services[program]!.environment!).filter((name) => !addresses.has(name));
  expect(told.sort()).toEqual([...variables[program]].sort());
});

test('what only some want comes by a profile, and nothing but the gateway is published beyond this machine', () => {
  const of = (profile: string) => Object.keys(services).filter((name) => isOf(profile, name));
  expect(of('observability')).toEqual(['prometheus', 'collector', 'grafana']);
  expect(of('tools')).toEqual(['viewer']);
  expect(of('cluster')).toEqual([
    ...['auth-2', 'catalog-2', 'progress-2'],
    ...['redis-1', 'redis-2', 'redis-3', 'redis-cluster'],
  ]);
  for (const [name, { ports = [] }] of Object.entries(services))
    for (const port of ports)
      expect([name, port]).toEqual([
        name,
        expect.stringMatching(/^(127\.0\.0\.1:|\$\{PUBLISH(_GRPC)?:-127\.0\.0\.1:)/),
      ]);
});

test('every image has a version', () => {
  for (const [name, { image }] of Object.entries(services))
    if (image !== 'questline') expect([name, image]).toEqual([name, expect.stringMatching(/:v?\d/)]);
});

test('each node of the cluster knows the users of the one Redis, and every process finds either by the same variable', () => {
  const usersOf = (name: string) => services[name]!.command!.filter((argument) => argument.startsWith('--user '));
  expect(usersOf('redis').length).toBeGreaterThan(3);
  for (const node of ['redis-1', 'redis-2', 'redis-3']) expect(usersOf(node)).toEqual(usersOf('redis'));
  for (const { environment = {} } of Object.values(services))
    if (environment['REDIS_URL']) expect(environment['REDIS_URL']).toMatch(/@\$\{REDIS_NODES:-redis:6379\}$/);
});
