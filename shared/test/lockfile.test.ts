import { readFileSync } from 'node:fs';

/** The oldest version of each library without a known security flaw that matters here. `npm audit` is not served everywhere. */
const floors = {
  '@apollo/gateway': '2.13.2',
  '@apollo/server': '5.5.0',
  ws: '8.21.0',
  jsonwebtoken: '9.0.0',
  ioredis: '6.0.0',
};

const lockfile = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, { version?: string }>;
};

/** Every copy in the tree, nested ones too. */
const versions = (name: string) =>
  Object.entries(lockfile.packages)
    .filter(([path]) => path.endsWith(`node_modules/${name}`))
    .map(([, { version }]) => version ?? '');

/** Negative, zero or positive, as in a sort. Of whole releases: what comes after a hyphen does not count. */
function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('-')[0]!.split('.').map(Number));
  for (let i = 0; i < 3; i++) if (left![i] !== right![i]) return left![i]! - right![i]!;
  return 0;
}

test.each(Object.entries(floors))('every copy of %s is at least %s', (name, floor) => {
  expect(versions(name)).not.toEqual([]);
  expect(versions(name).filter((version) => compare(version, floor) < 0)).toEqual([]);
});

test('there is one graphql, and it is 16', () => {
  expect(versions('graphql')).toEqual([expect.stringMatching(/^16\./)]);
});

test('there is one federation-internals, because two break the query planner', () => {
  expect(versions('@apollo/federation-internals')).toHaveLength(1);
});
