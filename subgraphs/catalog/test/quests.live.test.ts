import { randomUUID } from 'node:crypto';
import { type Caller, catalogForTests, openCatalog } from './catalog.ts';

const catalog = catalogForTests();

interface Quest {
  id: string;
  name: string;
  title: string;
  version: number;
  archivedAt: string | null;
  rewards: { id: string; name: string; item: string; quantity: number }[];
}
const whole = 'id name title version archivedAt rewards { id name item quantity }';
const fresh = (more: object = {}) => ({
  name: `quest-${randomUUID().slice(0, 8)}`,
  title: 'A quest',
  trigger: 'UserSignIn',
  streak: 3,
  rewards: [{ item: 'DIAMOND', quantity: 10 }],
  ...more,
});
const create = (input: object, caller: Caller = 'operator', backfill = 'NONE') =>
  catalog.ask<{ quest: Quest }>(
    caller,
    `mutation ($input: QuestInput!, $backfill: Backfill!) { quest: createQuest(input: $input, backfill: $backfill) { ${whole} } }`,
    { input, backfill },
  );
const created = async (more: object = {}) => (await create(fresh(more), 'operator', 'SILENT')).data.quest;
const update = (id: string, input: object, caller: Caller = 'operator') =>
  catalog.ask<{ quest: Quest }>(
    caller,
    `mutation ($id: ID!, $input: QuestUpdate!) { quest: updateQuest(id: $id, input: $input) { ${whole} } }`,
    { id, input },
  );
const archive = (id: string, caller: Caller = 'operator') =>
  catalog.ask<{ quest: Quest }>(caller, `mutation ($id: ID!) { quest: archiveQuest(id: $id) { ${whole} } }`, { id });
const find = async (caller: Caller, id: string) =>
  (await catalog.ask<{ quest: Quest | null }>(caller, `query ($id: ID!) { quest(id: $id) { ${whole} } }`, { id })).data
    .quest;
const codes = (answer: { errors?: { extensions: { code: string } }[] }) =>
  answer.errors?.map((error) => error.extensions.code);
const told = (id: string) =>
  catalog.sql<{ event_id: string; data: Record<string, unknown> }>(
    `select envelope::json->>'id' as event_id, envelope::json->'data' as data
     from outbox where envelope::json->>'id' like $1 order by number`,
    [`${id}:%`],
  );
const kept = (id: string) =>
  catalog.sql<{ version: number; changed_by: string; title: string }>(
    `select version, changed_by, terms->>'title' as title from quest_version where quest_id = $1 order by version`,
    [id],
  );

test('a new quest has version 1, a history of one and one event that tells all other subgraphs need', async () => {
  const quest = await created({
    startsAt: '2026-01-01T00:00:00Z',
    duplication: 2,
    ...{ period: 'DAY', timeZone: 'Asia/Tokyo', graceHours: 3, freezes: 1 },
  });
  expect(quest).toMatchObject({ version: 1, rewards: [{ name: '10 diamonds', item: 'DIAMOND', quantity: 10 }] });
  expect(await kept(quest.id)).toEqual([{ version: 1, changed_by: 'the-operator', title: 'A quest' }]);
  expect(await told(quest.id)).toEqual([
    {
      event_id: `${quest.id}:1`,
      data: {
        questId: quest.id,
        name: quest.name,
        version: 1,
        trigger: 'UserSignIn',
        streak: 3,
        duplication: 2,
        period: 'DAY',
        timeZone: 'Asia/Tokyo',
        graceHours: 3,
        freezes: 1,
        objectives: [
          {
            ...{ name: 'streak', events: ['UserSignIn'], where: [], measure: 'PERIODS', of: null, target: 3 },
            ...{ period: 'DAY', perPeriod: 1, consecutive: true, graceHours: 3, freezes: 1 },
          },
        ],
        ...{ completes: 'ALL', every: null, steps: [], cooldownSeconds: 0, requires: [] },
        ...{ inFlight: 'KEEP', backfill: 'SILENT', maxPayout: [], onArchive: null },
        autoClaim: false,
        hidden: false,
        rewards: [{ id: quest.rewards[0]!.id, item: 'DIAMOND', quantity: 10 }],
        startsAt: '2026-01-01T00:00:00.000Z',
        endsAt: null,
        archivedAt: null,
      },
    },
  ]);
});

test('a change makes the next version, and a change of nothing does not', async () => {
  const quest = await created();
  expect((await update(quest.id, { title: 'Another title' })).data.quest).toMatchObject({
    version: 2,
    title: 'Another title',
  });
  expect((await update(quest.id, { title: 'Another title' })).data.quest.version).toBe(2);
  expect((await update(quest.id, {})).data.quest.version).toBe(2);
  expect((await kept(quest.id)).map(({ title }) => title)).toEqual(['A quest', 'Another title']);
  expect((await told(quest.id)).map(({ event_id }) => event_id)).toEqual([`${quest.id}:1`, `${quest.id}:2`]);
});

test('a quest of events becomes one of days; the record says what it was and what it is', async () => {
  const quest = await created();
  expect((await told(quest.id))[0]!.data).toMatchObject({ period: 'EVENT', timeZone: null, graceHours: 0, freezes: 0 });
  await catalog.ask(
    'operator',
    'mutation ($id: ID!, $input: QuestUpdate!) { updateQuest(id: $id, input: $input, reason: "days are fairer") { id } }',
    { id: quest.id, input: { period: 'DAY', timeZone: 'europe/berlin', graceHours: 2 } },
  );
  const { data } = await catalog.ask<{ quest: object }>(
    'player',
    'query ($id: ID!) { quest(id: $id) { period timeZone graceHours freezes version } }',
    { id: quest.id },
  );
  expect(data.quest).toEqual({ period: 'DAY', timeZone: 'Europe/Berlin', graceHours: 2, freezes: 0, version: 2 });
  const [entry] = await catalog.sql<{ data: object }>(
    `select envelope::json->'data' as data from outbox
     where envelope::json->>'type' = 'OperatorActed' and envelope::json->'data'->>'targetId' = $1 order by number desc limit 1`,
    [quest.id],
  );
  expect(entry!.data).toMatchObject({
    action: 'UPDATE_QUEST',
    reason: 'days are fairer',
    changes: [
      { field: 'period', before: 'EVENT', after: 'DAY' },
      { field: 'timeZone', before: null, after: 'Europe/Berlin' },
      { field: 'graceHours', before: '0', after: '2' },
    ],
  });
});

test('a reward that stays keeps its id; one that is replaced can still be looked up', async () => {
  const quest = await created({
    rewards: [
      { item: 'DIAMOND', quantity: 10 },
      { item: 'GOLD', quantity: 5, name: 'Pocket money' },
    ],
  });
  const [diamonds, gold] = quest.rewards;
  const rewards = [
    { item: 'GOLD', quantity: 5, name: 'Pocket money' },
    { item: 'DIAMOND', quantity: 20 },
  ];
  const changed = (await update(quest.id, { rewards })).data.quest;
  expect(changed.rewards).toMatchObject([gold!, { name: '20 diamonds', item: 'DIAMOND', quantity: 20 }]);
  const { data } = await catalog.ask<{ _entities: unknown[] }>(
    'player',
    'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Reward { id name } } }',
    { of: [...changed.rewards, diamonds].map((reward) => ({ __typename: 'Reward', id: reward!.id })) },
  );
  expect(data._entities).toMatchObject([{ name: 'Pocket money' }, { name: '20 diamonds' }, { name: '10 diamonds' }]);
});

test('changes at the same time each make a version of their own', async () => {
  const quest = await created();
  const titles = Array.from({ length: 8 }, (_, n) => `Title ${n}`);
  const answers = await Promise.all(titles.map((title) => update(quest.id, { title })));
  expect(answers.map(({ data }) => data.quest.version).sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  expect(await kept(quest.id)).toHaveLength(9);
});

test('a name is given once, for ever', async () => {
  const quest = await created();
  await archive(quest.id);
  expect(codes(await create(fresh({ name: quest.name })))).toEqual(['CONFLICT']);
  const name = fresh().name;
  const answers = await Promise.all([1, 2, 3, 4].map(() => create(fresh({ name }))));
  expect(answers.flatMap((answer) => codes(answer) ?? 'created').sort()).toEqual([
    'CONFLICT',
    'CONFLICT',
    'CONFLICT',
    'created',
  ]);
});

test.each<[string, object]>([
  ['a streak of 0', { streak: 0 }],
  ['a streak of -1', { streak: -1 }],
  ['a streak beyond an Int', { streak: 2 ** 31 }],
  ['a duplication of 0', { duplication: 0 }],
  ['a period that is none', { period: 'YEAR' }],
  ['an offset for a zone', { period: 'DAY', timeZone: '+02:00' }],
  ['grace for events', { graceHours: 1 }],
  ['a reward of -5', { rewards: [{ item: 'GOLD', quantity: -5 }] }],
  ['a reward of 1e18', { rewards: [{ item: 'GOLD', quantity: 1e18 }] }],
  ['a reward of half a piece', { rewards: [{ item: 'GOLD', quantity: 1.5 }] }],
  ['a reward in words', { rewards: [{ item: 'GOLD', quantity: '5' }] }],
  ['no reward', { rewards: [] }],
  [
    'the same item twice',
    {
      rewards: [
        { item: 'GOLD', quantity: 1 },
        { item: 'GOLD', quantity: 2 },
      ],
    },
  ],
  ['an item in small letters', { rewards: [{ item: 'gold', quantity: 1 }] }],
  ['an end before the start', { startsAt: '2026-02-01T00:00:00Z', endsAt: '2026-01-01T00:00:00Z' }],
  ['an instant without a zone', { startsAt: '2026-02-01T00:00:00' }],
  ['a name with blanks', { name: 'not a name' }],
  ['an empty title', { title: ' ' }],
  ['a NUL byte', { title: 'a\0b' }],
  ['half a surrogate pair', { title: 'a\ud800' }],
  ['an operator object', { name: { $ne: null } }],
  ['a field that is not there', { version: 7 }],
])('%s is BAD_USER_INPUT, and nothing is stored', async (_, fault) => {
  const count = () => catalog.sql<{ count: string }>('select count(*) from quest');
  const before = await count();
  expect(codes(await create(fresh(fault)))).toEqual(['BAD_USER_INPUT']);
  expect(await count()).toEqual(before);
});

test('every fault is told at once', async () => {
  const { errors } = await create(fresh({ streak: 0, duplication: 0, title: '' }));
  expect(errors![0]!.extensions.faults).toHaveLength(3);
});

test.each<[string, object]>([
  ['a streak of 0', { streak: 0 }],
  ['an end that is removed', { endsAt: null }],
  ['an end in the past', { endsAt: '2026-01-02T00:00:00Z' }],
  ['a title of null', { title: null }],
])('%s is BAD_USER_INPUT in a new version', async (_, change) => {
  const quest = await created({ startsAt: '2026-01-01T00:00:00Z', endsAt: '9999-01-01T00:00:00Z' });
  expect(codes(await update(quest.id, change))).toEqual(['BAD_USER_INPUT']);
  expect(await kept(quest.id)).toHaveLength(1);
});

test('text is stored as it was written, whatever a browser or a database would make of it', async () => {
  const title = `<img src=x onerror=alert(1)> '; drop table quest; -- %27`;
  expect((await find('player', (await created({ title })).id))!.title).toBe(title);
});

test.each(['not-an-id', '', "' or 1=1--", randomUUID()])('a quest with the id "%s" is not there', async (id) => {
  expect(await find('operator', id)).toBeNull();
  expect(codes(await update(id, { title: 'A title' }))).toEqual(['NOT_FOUND']);
  expect(codes(await archive(id))).toEqual(['NOT_FOUND']);
});

test('players see neither hidden nor archived quests by id or name, operators do, and references always do', async () => {
  const hidden = await created({ hidden: true });
  const archived = await created();
  await archive(archived.id);
  for (const { id, name } of [hidden, archived]) {
    const byName = async (caller: Caller) =>
      (
        await catalog.ask<{ quest: unknown }>(
          caller,
          'query ($name: String!) { quest: questByName(name: $name) { id } }',
          { name },
        )
      ).data.quest;
    expect([await find('player', id), await find('nobody', id), await byName('player')]).toEqual([null, null, null]);
    expect([(await find('operator', id))!.id, await byName('operator')]).toEqual([id, { id }]);
    const { data } = await catalog.ask(
      'player',
      'query ($id: ID!) { _entities(representations: [{ __typename: "Quest", id: $id }]) { ... on Quest { name } } }',
      { id },
    );
    expect(data).toEqual({ _entities: [{ name }] });
  }
});

const operatorsOnly = [
  'mutation { createQuest(input: { name: "a-name", title: "a", trigger: "A", streak: 1, rewards: [{ item: "GOLD", quantity: 1 }] }) { id } }',
  'mutation { updateQuest(id: "1", input: {}) { id } }',
  'mutation { archiveQuest(id: "1") { id } }',
  'mutation { importQuests(yaml: "[") { id } }',
  '{ exportQuests }',
  '{ questCacheStats { hits } }',
  '{ quests(filter: { includeArchived: true }) { nodes { id } } }',
];
test.each(operatorsOnly)('%s is for operators only', async (query) => {
  expect(codes(await catalog.ask('player', query))).toEqual(['FORBIDDEN']);
  expect(codes(await catalog.ask('nobody', query))).toEqual(['UNAUTHENTICATED']);
});

test('50 references in one request are one statement', async () => {
  const quests = await Promise.all(Array.from({ length: 50 }, () => created()));
  // Another process of the same subgraph, which has not seen any of them.
  const other = await openCatalog(catalog.databaseUrl);
  try {
    const before = other.statements().length;
    const { data } = await other.ask<{ _entities: Quest[] }>(
      'player',
      'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Quest { name rewards { name } } } }',
      { of: quests.map(({ id }) => ({ __typename: 'Quest', id })) },
    );
    expect(data._entities.map(({ name }) => name)).toEqual(quests.map(({ name }) => name));
    expect(other.statements().length - before).toBe(1);
  } finally {
    await other.stop();
  }
});
