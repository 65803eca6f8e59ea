import { type Caller, catalogForTests } from './catalog.ts';

const catalog = catalogForTests();

interface Page {
  quests: {
    nodes: { name: string }[];
    edges: { cursor: string; node: { name: string } }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}
const ask = (caller: Caller, variables: object = {}) =>
  catalog.ask<Page>(
    caller,
    `query ($first: Int = 20, $after: String, $filter: QuestFilter) {
      quests(first: $first, after: $after, filter: $filter) {
        nodes { name } edges { cursor node { name } } pageInfo { hasNextPage endCursor }
      }
    }`,
    variables as Record<string, unknown>,
  );
const names = async (caller: Caller, filter: object) =>
  (await ask(caller, { filter })).data.quests.nodes.map(({ name }) => name);

async function create(name: string, more: object = {}): Promise<string> {
  const rewards = [
    { item: 'GOLD', quantity: 1 },
    { item: 'DIAMOND', quantity: 1 },
    { item: 'KEY', quantity: 1 },
  ];
  const input = { name, title: name, trigger: 'UserSignIn', streak: 1, rewards, ...more };
  const { data } = await catalog.ask<{ quest: { id: string } }>(
    'operator',
    'mutation ($input: QuestInput!) { quest: createQuest(input: $input) { id } }',
    { input },
  );
  return data.quest.id;
}
const archive = (id: string) => catalog.ask('operator', 'mutation ($id: ID!) { archiveQuest(id: $id) { id } }', { id });

test('pages follow each other without a gap or a repetition, newest first, while new quests arrive', async () => {
  const category = 'paging';
  const made: string[] = [];
  for (let n = 0; n < 7; n++) {
    made.unshift(`paging-${n}`);
    await create(`paging-${n}`, { category });
  }
  const seen: string[] = [];
  let after: string | null = null;
  for (let page = 0; ; page++) {
    const { quests }: Page = (await ask('player', { first: 3, after, filter: { category } })).data;
    seen.push(...quests.nodes.map(({ name }) => name));
    expect(quests.edges.map(({ node }) => node)).toEqual(quests.nodes);
    expect(quests.edges.at(-1)?.cursor ?? null).toBe(quests.pageInfo.endCursor);
    if (!quests.pageInfo.hasNextPage) break;
    after = quests.pageInfo.endCursor;
    await create(`paging-late-${page}`, { category });
  }
  expect(seen).toEqual(made);
});

test('quests that are equally old are paged by id', async () => {
  const yaml = Array.from(
    { length: 9 },
    (_, n) =>
      `- { name: twin-${n}, title: t, trigger: T, streak: 1, category: twins, rewards: [{ item: A, quantity: 1 }] }`,
  );
  await catalog.ask('operator', 'mutation ($yaml: String!) { importQuests(yaml: $yaml) { id } }', {
    yaml: yaml.join('\n'),
  });
  const all = await names('player', { category: 'twins' });
  expect(all).toHaveLength(9);
  const seen: string[] = [];
  for (let after: string | null = null; seen.length < 9;) {
    const { quests }: Page = (await ask('player', { first: 2, after, filter: { category: 'twins' } })).data;
    seen.push(...quests.nodes.map(({ name }) => name));
    after = quests.pageInfo.endCursor;
  }
  expect(seen).toEqual(all);
});

test('filters hold all together, and a quest must carry every tag', async () => {
  await create('tagged-one', { category: 'tagged', tags: ['a', 'b'], trigger: 'Purchase' });
  await create('tagged-two', { category: 'tagged', tags: ['a'] });
  expect(await names('player', { category: 'tagged' })).toEqual(['tagged-two', 'tagged-one']);
  expect(await names('player', { category: 'tagged', tags: ['b', 'a'] })).toEqual(['tagged-one']);
  expect(await names('player', { category: 'tagged', trigger: 'UserSignIn' })).toEqual(['tagged-two']);
  expect(await names('player', { category: 'tagged', tags: ['b'], trigger: 'UserSignIn' })).toEqual([]);
  expect(await names('player', { category: 'tagged', tags: [] })).toHaveLength(2);
  expect(await names('player', { category: '%' })).toEqual([]);
});

test('hidden quests are listed to operators only, archived ones only when an operator asks for them', async () => {
  const category = 'visibility';
  await create('seen', { category, startsAt: '9999-01-01T00:00:00Z' });
  await create('unseen', { category, hidden: true });
  await archive(await create('over', { category }));
  expect(await names('player', { category })).toEqual(['seen']);
  expect((await ask('nobody', { filter: { category } })).errors![0]!.extensions).toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  expect(await names('operator', { category })).toEqual(['unseen', 'seen']);
  expect(await names('operator', { category, includeArchived: true })).toEqual(['over', 'unseen', 'seen']);
});

test.each<object>([
  { first: 0 },
  { first: 101 },
  { first: -1 },
  { first: null },
  { first: 1_000_000 },
  { first: 2 ** 31 },
  { after: '' },
  { after: 'nonsense' },
  { filter: { category: { $ne: null } } },
  { filter: { tags: ['a\0'] } },
  { filter: { trigger: "' or 1=1--" } },
  { filter: { orderBy: 'id; select pg_sleep(5)' } },
])('%j is BAD_USER_INPUT', async (variables) => {
  const { errors } = await ask('player', variables);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
});

test('an id is the same in either case of letters', async () => {
  const id = (await create('any-case', { category: 'case' })).toUpperCase();
  const { data } = await catalog.ask<{ quest: { name: string } }>(
    'player',
    'query ($id: ID!) { quest(id: $id) { name } }',
    {
      id,
    },
  );
  expect(data.quest.name).toBe('any-case');
});

test('a list that was read before asks only which versions are on it, and tells every change since', async () => {
  const category = 'versions';
  const ids = [await create('version-a', { category }), await create('version-b', { category })];
  const read = async () => {
    const before = catalog.statements().length;
    const { data } = await catalog.ask<{ quests: { nodes: { name: string; title: string; rewards: unknown[] }[] } }>(
      'player',
      'query ($filter: QuestFilter) { quests(filter: $filter) { nodes { name title rewards { item quantity } } } }',
      { filter: { category } },
    );
    return { nodes: data.quests.nodes, statements: catalog.statements().length - before };
  };
  const first = await read();
  expect(await read()).toEqual({ nodes: first.nodes, statements: 1 });
  await catalog.ask(
    'operator',
    'mutation ($id: ID!, $input: QuestUpdate!) { updateQuest(id: $id, input: $input) { id } }',
    {
      id: ids[0],
      input: { title: 'Another', rewards: [{ item: 'SILVER', quantity: 2 }] },
    },
  );
  const changed = { name: 'version-a', title: 'Another', rewards: [{ item: 'SILVER', quantity: 2 }] };
  expect((await read()).nodes).toEqual([first.nodes[0], changed]);
  await archive(ids[1]!);
  expect(await read()).toEqual({ nodes: [changed], statements: 1 });
});
