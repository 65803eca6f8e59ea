import { catalogForTests, openCatalog } from './catalog.ts';

const catalog = catalogForTests({ demo: true });

const planImport = (yaml: string) =>
  catalog.ask<{ importQuests: unknown[] }>(
    'operator',
    `mutation ($yaml: String!) { importQuests(yaml: $yaml, dryRun: true) {
       id name outcome version changes { field before after } quest { version } } }`,
    { yaml },
  );
const importQuests = (yaml: string) =>
  catalog.ask<{ importQuests: { id: string; name: string; version: number }[] }>(
    'operator',
    'mutation ($yaml: String!) { importQuests(yaml: $yaml) { id name version } }',
    { yaml },
  );
const exportQuests = async () =>
  (await catalog.ask<{ exportQuests: string }>('operator', '{ exportQuests }')).data.exportQuests;
const state = () =>
  catalog.sql(`select (select jsonb_agg(q order by id) from quest q) as quests, (select jsonb_agg(r order by id) from reward r) as rewards,
               (select count(*) from quest_version) as versions, (select count(*) from outbox) as events`);

test('what was exported changes nothing when it is imported', async () => {
  const before = await state();
  const yaml = await exportQuests();
  const { data } = await importQuests(yaml);
  expect(data.importQuests).toMatchObject([
    { name: 'sign-in-three-times', version: 1 },
    { name: 'three-days-in-a-row', version: 1 },
    { name: 'welcome-back', version: 1 },
  ]);
  expect(await state()).toEqual(before);
  expect(await exportQuests()).toBe(yaml);
});

test('an import creates what is new, changes what is not, and answers in its own order', async () => {
  const { data } = await importQuests(`
- name: welcome-back
  title: Welcome again
- name: a-new-one
  title: New
  trigger: Purchase
  streak: 1
  rewards: [{ item: GOLDEN_KEY, quantity: 1 }]
`);
  expect(data.importQuests).toMatchObject([
    { name: 'welcome-back', version: 2 },
    { name: 'a-new-one', version: 1 },
  ]);
  const events = await catalog.sql<{ id: string }>(`select envelope::json->>'id' as id from outbox`);
  expect(events.map(({ id }) => id)).toEqual(
    expect.arrayContaining(data.importQuests.map(({ id, version }) => `${id}:${version}`)),
  );
});

test('a quest of the calendar comes and goes in YAML, and what is absent has its default', async () => {
  const read = async () =>
    (
      await catalog.ask<{ quest: object }>(
        'operator',
        '{ quest: questByName(name: "weekly") { period timeZone graceHours freezes version } }',
      )
    ).data.quest;
  await importQuests(`
- name: weekly
  title: Every week
  trigger: MatchWon
  period: WEEK
  timeZone: europe/berlin
  streak: 4
  rewards: [{ item: GOLD, quantity: 1 }]
`);
  const weekly = { period: 'WEEK', timeZone: 'Europe/Berlin', graceHours: 0, freezes: 0 };
  expect(await read()).toEqual({ ...weekly, version: 1 });
  await importQuests('- { name: weekly, freezes: 2, graceHours: 6 }');
  const yaml = await exportQuests();
  expect(yaml).toContain('  period: WEEK\n  timeZone: Europe/Berlin\n  graceHours: 6\n  freezes: 2\n');
  await importQuests('- { name: weekly, period: EVENT, timeZone: null, graceHours: 0, freezes: 0 }');
  expect(await read()).toEqual({ period: 'EVENT', timeZone: null, graceHours: 0, freezes: 0, version: 3 });
  await importQuests(yaml);
  expect(await read()).toEqual({ ...weekly, graceHours: 6, freezes: 2, version: 4 });
});

test('one fault anywhere refuses all, and every fault is told with its line', async () => {
  const before = await state();
  const { errors } = await importQuests(`- name: perfectly-fine
  title: Fine
  trigger: Purchase
  streak: 1
  rewards: [{ item: GOLD, quantity: 1 }]
- name: sign-in-three-times
  streak: 0
  startsAt: 2026-01-01T00:00:00Z
- name: lacks-most
  colour: red
`);
  expect(errors).toHaveLength(1);
  expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  expect(errors![0]!.extensions.faults).toMatchObject([
    { line: 7, message: expect.stringContaining('streak') },
    { line: 8, message: 'startsAt never changes.' },
    ...['title', 'trigger', 'streak', 'rewards'].map((field) => ({ line: 9, message: expect.stringContaining(field) })),
    { line: 10, message: 'colour is not a field of a quest.' },
  ]);
  expect(errors![0]!.message).toContain('Line 8: startsAt never changes.');
  expect(await state()).toEqual(before);
});

test('a dry run answers what would come of it, refuses like the real one, and stores nothing', async () => {
  const before = await state();
  const yaml = `
- name: welcome-back
  title: Welcome again
- name: sign-in-three-times
  streak: 4
  tags: []
- name: brand-new
  title: New
  trigger: Purchase
  streak: 1
  rewards: [{ item: GOLDEN_KEY, quantity: 1 }]
`;
  const { data } = await planImport(yaml);
  expect(data.importQuests).toMatchObject([
    { name: 'welcome-back', outcome: 'UNCHANGED', version: 2, changes: [], quest: { version: 2 } },
    {
      name: 'sign-in-three-times',
      outcome: 'CHANGED',
      version: 2,
      changes: [
        { field: 'streak', before: '3', after: '4' },
        { field: 'tags', before: 'demo, sign-in', after: null },
      ],
      quest: { version: 1 },
    },
    {
      id: null,
      name: 'brand-new',
      outcome: 'CREATED',
      version: 1,
      changes: expect.arrayContaining([
        { field: 'rewards', before: null, after: '1 GOLDEN_KEY (1 golden key)' },
        { field: 'title', before: null, after: 'New' },
      ]),
      quest: null,
    },
  ]);
  const bad = `${yaml}- name: lacks-most\n`;
  const refused = await planImport(bad);
  expect(refused.errors![0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  expect(refused.errors![0]!.extensions.faults).toEqual((await importQuests(bad)).errors![0]!.extensions.faults);
  expect(await state()).toEqual(before);
});

test('an import is one audit entry, which names what it created and changed', async () => {
  const names = ['imported-a', 'imported-b'];
  const rest = 'title: T, trigger: Purchase, streak: 1, rewards: [{ item: GOLD, quantity: 1 }]';
  await importQuests(`- { name: imported-a, ${rest} }`);
  await importQuests(`${names.map((name) => `- { name: ${name}, ${rest}, hidden: true }`).join('\n')}`);
  const entries = await catalog.sql<{ data: unknown }>(
    `select envelope::json->'data' as data from outbox where envelope::json->>'type' = 'OperatorActed' order by number desc limit 1`,
  );
  expect(entries.map(({ data }) => data)).toMatchObject([
    {
      actorId: 'the-operator',
      action: 'IMPORT_QUESTS',
      changes: [
        { field: 'imported-a', before: 'version 1', after: 'version 2' },
        { field: 'imported-b', before: null, after: 'version 1' },
      ],
    },
  ]);
});

test('an archived quest can be neither changed nor exported', async () => {
  const [quest] = (
    await importQuests(
      '- { name: short-lived, title: Short, trigger: A, streak: 1, rewards: [{ item: A, quantity: 1 }] }',
    )
  ).data.importQuests;
  await catalog.ask('operator', 'mutation ($id: ID!) { archiveQuest(id: $id) { id } }', { id: quest!.id });
  const { errors } = await importQuests('- name: short-lived\n  title: Longer');
  expect(errors![0]!.message).toBe('Line 1: name belongs to an archived quest, which never changes.');
  expect(await exportQuests()).not.toContain('short-lived');
});

test('two imports of the same quests at the same time wait for each other', async () => {
  const titled = (title: string, names: string[]) =>
    names.map((name) => `- name: ${name}\n  title: ${title}`).join('\n');
  const names = ['welcome-back', 'sign-in-three-times'];
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, n) => importQuests(titled(`Title ${n}`, n % 2 ? names : names.toReversed()))),
  );
  expect(answers.filter(({ errors }) => errors)).toEqual([]);
});

test('1,200 quests come back as they went, in as many parts as it takes, and change nothing', async () => {
  const description = 'x'.repeat(400);
  const made = (from: number) =>
    Array.from({ length: 400 }, (_, n) => {
      const required = n % 2 ? `, requires: [many-${from + n - 1}]` : '';
      const counted = 'objectives: [{ name: a, event: A, where: [{ path: b, op: EQ, value: c }], target: 2 }]';
      return `- { name: many-${from + n}, title: T, description: ${description}, ${counted}${required}, rewards: [{ item: GOLD, quantity: 1 }] }`;
    }).join('\n');
  for (const from of [1000, 1400, 1800]) expect((await importQuests(made(from))).data.importQuests).toHaveLength(400);
  const before = await state();
  const parts: string[] = [];
  for (let after = ''; parts.length < 5;) {
    const { data } = await catalog.ask<{ exportQuests: string }>(
      'operator',
      'query ($after: String) { exportQuests(after: $after) }',
      { after },
    );
    parts.push(data.exportQuests);
    const more = /^# There are more: exportQuests\(after: "(.+)"\)$/m.exec(data.exportQuests);
    if (!more) break;
    after = more[1]!;
  }
  expect(parts.length).toBeGreaterThan(0);
  const imported = [];
  for (const part of parts) imported.push(...(await importQuests(part)).data.importQuests);
  expect(imported.filter(({ name }) => name.startsWith('many-'))).toHaveLength(1200);
  expect(await state()).toEqual(before);
});

test.each([
  ['12,000 quests of nothing', '- {}\n'.repeat(12_000)],
  ['100,000 brackets', '['.repeat(100_000)],
])('%s are refused in few words', async (_, yaml) => {
  const { errors } = await importQuests(yaml);
  expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  expect(JSON.stringify(errors).length).toBeLessThan(20_000);
});

test('the demo quests are there once, however often the subgraph starts', async () => {
  const again = await openCatalog(catalog.databaseUrl, { demo: true });
  await again.stop();
  const quests = await catalog.sql(
    'select name, period, streak, duplication, auto_claim from quest where name = any($1) order by name',
    [['sign-in-three-times', 'three-days-in-a-row', 'welcome-back']],
  );
  expect(quests).toEqual([
    { name: 'sign-in-three-times', period: 'EVENT', streak: 3, duplication: 2, auto_claim: false },
    { name: 'three-days-in-a-row', period: 'DAY', streak: 3, duplication: 1000, auto_claim: false },
    { name: 'welcome-back', period: 'EVENT', streak: 5, duplication: 1, auto_claim: true },
  ]);
});
