import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Answer } from '../../local/test/graph.ts';
import {
  type Role,
  entityQuery,
  linesOf,
  maySee,
  operation,
  readGraph,
  readPolicies,
  roles,
  words,
} from '../../local/test/policyTable.ts';
import { graphWithGuests, newcomer } from './graph.ts';

const root = join(import.meta.dirname, '../..');
const { entities, fieldsOf, guarded, roots } = readGraph(join(root, 'guests/supergraph.yaml'));
const files = globSync('guests/*/policy.yaml', { cwd: root }).map((file) => join(root, file));
const policy = readPolicies(...files);

test('the policy of the three and those of the guests together have a line for every field, each once', () => {
  const merged = readPolicies(join(root, 'policy.yaml'), ...files);
  expect(files).toHaveLength(globSync('guests/*/subgraph.ts', { cwd: root }).length);
  expect(linesOf(merged).sort()).toEqual([...new Set(guarded)].sort());
  for (const line of Object.values(policy).flatMap((fields) => Object.values(fields))) expect(line).toMatch(words);
});

test('a line that two files have is refused', () => {
  expect(() => readPolicies(files[0]!, files[0]!)).toThrow('has two lines');
});

describe('over the whole graph', () => {
  const graph = graphWithGuests();
  const tokens: Partial<Record<Role, string>> = {};
  let self: Awaited<ReturnType<typeof newcomer>>;
  beforeAll(async () => {
    self = await newcomer(graph);
    await graph.ask('mutation { createAlertCategory(name: "roads") { name } }', {}, await graph.tokenOf('operator'));
    Object.assign(tokens, {
      self: self.token,
      player: (await newcomer(graph)).token,
      operator: await graph.tokenOf('operator'),
      service: await graph.tokenOf('service'),
    });
  });

  /** What each root field is called with, so that only who asks can be a reason to refuse. */
  const nobodys = '00000000-0000-0000-0000-000000000000';
  const corners = [
    { lat: 1, lon: 1 },
    { lat: 1.001, lon: 1 },
    { lat: 1, lon: 1.001 },
  ];
  const inputs: Record<string, () => object> = {
    quote: () => ({ symbol: 'aapl.us' }),
    createAlertCategory: () => ({ name: 'roads' }),
    createPost: () => ({ input: { category: 'roads', title: 'Ice', body: 'Slowly.' } }),
    confirmPost: () => ({ id: nobodys }),
    reportPost: () => ({ id: nobodys }),
    hidePost: () => ({ id: nobodys }),
    blockAuthor: () => ({ userId: nobodys }),
    unblockAuthor: () => ({ userId: nobodys }),
    subscribeTo: () => ({ category: 'roads' }),
    unsubscribeFrom: () => ({ category: 'roads' }),
    person: () => ({ id: self.id }),
    shareLocation: () => ({ on: false }),
    ingestLocations: () => ({
      locations: [{ ...corners[0], deviceEventId: 'a', accuracyM: 1, capturedAt: new Date() }],
    }),
    createPlace: () => ({ input: { name: 'Booth', corners } }),
    removePlace: () => ({ id: nobodys }),
  };
  /** What those who may are told when there is nothing to do for them. */
  const granted: Record<string, string> = {
    confirmPost: 'NOT_FOUND',
    reportPost: 'NOT_FOUND',
    hidePost: 'NOT_FOUND',
    removePlace: 'NOT_FOUND',
  };
  const codeOf = ({ errors }: Answer) => errors?.[0]?.extensions.code;
  function expectDecision(line: string, role: Role, code: string | undefined, grantedCode?: string) {
    if (maySee(line, role)) expect(code).toBe(grantedCode);
    else expect(code).toBe(role === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN');
  }

  const operations = [roots[0], roots[1]].flatMap((type) =>
    Object.keys(policy[type.name] ?? {}).map((field) => [`${type.name}.${field}`, type.name, field] as const),
  );
  test.each(operations)('%s is for whom its policy says', async (_, type, name) => {
    for (const role of roles) {
      const given = inputs[name]?.() ?? {};
      const text = operation(type.toLowerCase(), fieldsOf(type)[name]!, given);
      expectDecision(policy[type]![name]!, role, codeOf(await graph.ask(text, given, tokens[role])), granted[name]);
    }
  });

  const streams = Object.keys(policy['Subscription'] ?? {});
  test.each(streams)('Subscription.%s is for whom its policy says', async (field) => {
    for (const role of roles) {
      const live = graph.subscribe(`subscription { ${field} { __typename } }`, tokens[role] ?? '');
      const isIn = await Promise.race([live.opened.then(() => true), live.refused.then(() => false)]);
      expect(isIn).toBe(maySee(policy['Subscription']![field]!, role));
      expect(live.results).toEqual([]);
      await live.end();
    }
  });

  const names = files.map((file) => dirname(file).split('/').at(-1)!);
  const fields = entities
    .filter(({ subgraph }) => names.includes(subgraph))
    .flatMap(({ subgraph, type, fields }) =>
      fields.flatMap((field) => (field === 'id' ? [] : [[`${type}.${field}`, subgraph, type, field] as const])),
    );
  test.each(fields)('%s, by reference at %s, is for whom its policy says', async (_, subgraph, type, name) => {
    const of = [{ __typename: type, id: self.id }];
    for (const role of roles) {
      const answer = await graph.askSubgraph(subgraph, entityQuery(type, fieldsOf(type)[name]!), { of }, tokens[role]);
      expectDecision(policy[type]![name]!, role, codeOf(answer));
    }
  });
});

test('every guest says who may read what it adds', () => {
  for (const file of files) expect(readFileSync(file, 'utf8')).toMatch(/^# As policy\.yaml of the three/);
});
