import { randomUUID } from 'node:crypto';
import { catalogForTests } from './catalog.ts';

const catalog = catalogForTests();

interface Quest {
  id: string;
  name: string;
  version: number;
  archivedAt: string | null;
  onArchive: string | null;
}
const whole = 'id name version archivedAt onArchive';
const input = (more: object = {}) => ({
  ...{ name: `quest-${randomUUID().slice(0, 8)}`, title: 'A quest', trigger: 'MatchWon', streak: 3 },
  rewards: [{ item: 'GOLD', quantity: 10 }],
  ...more,
});
const mutate = (field: string, of: Record<string, [type: string, value: unknown]>, reason?: string) => {
  const given = { ...of, ...(reason && { reason: ['String', reason] as [string, unknown] }) };
  const declared = Object.entries(given).map(([name, [type]]) => `$${name}: ${type}`);
  const passed = Object.keys(given).map((name) => `${name}: $${name}`);
  return catalog.ask<{ quest: Quest }>(
    'operator',
    `mutation (${declared.join(', ')}) { quest: ${field}(${passed.join(', ')}) { ${whole} } }`,
    Object.fromEntries(Object.entries(given).map(([name, [, value]]) => [name, value])),
  );
};
type Publication = Record<string, [type: string, value: unknown]>;
const create = (more: object = {}, publication: Publication = {}) =>
  mutate('createQuest', { input: ['QuestInput!', input(more)], ...publication });
const created = async (more: object = {}) => (await create(more)).data.quest;
const update = (id: string, change: object, publication: Publication = {}, reason?: string) =>
  mutate('updateQuest', { id: ['ID!', id], input: ['QuestUpdate!', change], ...publication }, reason);
const archive = (id: string, more: Publication = {}) => mutate('archiveQuest', { id: ['ID!', id], ...more });
const restore = (id: string) => mutate('restoreQuest', { id: ['ID!', id] });
const backfill = (value: string): Publication => ({ backfill: ['Backfill!', value] });
const expecting = (version: number): Publication => ({ expectedVersion: ['Int', version] });
const budget = (quantity: number): Publication => ({
  maxPayout: ['[BudgetInput!]!', [{ item: 'GOLD', quantity }]],
});
const termsOf = async ({ id, version }: Quest) => {
  const [told] = await catalog.sql<{ data: Record<string, unknown> }>(
    `select envelope::json->'data' as data from outbox where envelope::json->>'id' = $1`,
    [`${id}:${version}`],
  );
  return told!.data;
};

test('the second of two operators is told what the first has changed', async () => {
  const { id } = await created({ category: 'duels' });
  const first = await update(id, { title: 'Win more', streak: 5 }, expecting(1));
  expect(first.data.quest.version).toBe(2);
  const { errors } = await update(id, { title: 'Win less' }, expecting(1));
  expect(errors![0]).toMatchObject({
    message:
      'Since version 1 somebody has changed title, streak. The newest is version 2: look at it, then change that.',
    extensions: {
      code: 'CONFLICT',
      version: 2,
      changes: [
        { field: 'title', before: 'A quest', after: 'Win more' },
        { field: 'streak', before: '3', after: '5' },
      ],
    },
  });
  expect((await update(id, { title: 'Win less' }, expecting(2))).data.quest.version).toBe(3);
  expect((await update(id, { title: 'Later' }, expecting(9))).errors![0]!.message).toMatch(/no version 9 yet/);
  await archive(id);
  expect((await update(id, { title: 'Too late' }, expecting(3))).errors![0]!.extensions.code).toBe('CONFLICT');
});

test('of two changes of the same version at once, one is stored', async () => {
  const { id } = await created();
  const answers = await Promise.all(['One', 'Two'].map((title) => update(id, { title }, expecting(1))));
  expect(answers.map(({ errors }) => errors?.[0]!.extensions.code ?? 'stored').sort()).toEqual(['CONFLICT', 'stored']);
});

test('what a change does with attempts under way and with the past is told with the version, and on record', async () => {
  const { id } = await created();
  const { data } = await update(
    id,
    { streak: 5 },
    { inFlight: ['InFlight!', 'MOVE'], ...backfill('NOTIFY'), ...budget(1000) },
    'fairer',
  );
  expect(await termsOf(data.quest)).toMatchObject({
    ...{ version: 2, streak: 5, inFlight: 'MOVE', backfill: 'NOTIFY' },
    maxPayout: [{ item: 'GOLD', quantity: 1000 }],
  });
  const [entry] = await catalog.sql<{ data: object }>(
    `select envelope::json->'data' as data from outbox where envelope::json->>'type' = 'OperatorActed' order by number desc limit 1`,
  );
  expect(entry!.data).toMatchObject({
    changes: [
      { field: 'streak', before: '3', after: '5' },
      { field: 'inFlight', before: null, after: 'MOVE' },
      { field: 'backfill', before: null, after: 'NOTIFY' },
      { field: 'maxPayout', before: null, after: '1000 GOLD' },
    ],
  });
  // The next one is plain again.
  expect(await termsOf((await update(id, { streak: 6 })).data.quest)).toMatchObject({
    ...{ version: 3, inFlight: 'KEEP', backfill: 'NONE', maxPayout: [] },
  });
});

test('a backfill of what does not change is a version of its own', async () => {
  const { id } = await created();
  expect((await update(id, {})).data.quest.version).toBe(1);
  expect((await update(id, {}, backfill('SILENT'))).data.quest.version).toBe(2);
});

test('a start in the past needs a backfill, and a budget does too', async () => {
  const past = { startsAt: '2026-01-01T00:00:00Z' };
  const { errors } = await create(past);
  expect(errors![0]).toMatchObject({
    message:
      'startsAt must not lie in the past without a backfill: what has happened since would not count. Publish with a backfill of SILENT or NOTIFY, or leave startsAt out to begin now.',
    extensions: { code: 'BAD_USER_INPUT' },
  });
  const { data } = await create(past, { ...backfill('SILENT'), ...budget(2 ** 53 - 1) });
  expect(await termsOf(data.quest)).toMatchObject({ backfill: 'SILENT', startsAt: '2026-01-01T00:00:00.000Z' });
  // Its start stays where it is, which is no reason to refuse a change.
  expect((await update(data.quest.id, { title: 'Another' })).data.quest.version).toBe(2);
  expect((await create({}, budget(5))).errors![0]!.message).toMatch(/^maxPayout needs a backfill/);
  expect((await create({}, { ...backfill('SILENT'), ...budget(0) })).errors![0]!.message).toMatch(
    /^maxPayout\[0\]\.quantity must be a whole number from 1/,
  );
});

test('an archived quest finishes or stops, comes back, and tells of both', async () => {
  const quest = await created();
  const archived = (await archive(quest.id, { inFlight: ['OnArchive!', 'FINISH'] })).data.quest;
  expect(archived).toMatchObject({ version: 2, onArchive: 'FINISH', archivedAt: expect.any(String) });
  expect(await termsOf(archived)).toMatchObject({ archivedAt: archived.archivedAt, onArchive: 'FINISH' });
  expect((await archive(quest.id)).data.quest.version).toBe(2);
  const restored = (await restore(quest.id)).data.quest;
  expect(restored).toMatchObject({ version: 3, archivedAt: null, onArchive: null });
  expect(await termsOf(restored)).toMatchObject({ archivedAt: null, onArchive: null, streak: 3 });
  expect((await restore(quest.id)).data.quest.version).toBe(3);
  expect((await update(quest.id, { title: 'Back again' })).data.quest.version).toBe(4);
  expect((await archive(quest.id)).data.quest.onArchive).toBe('STOP');
  expect((await restore(randomUUID())).errors![0]!.extensions.code).toBe('NOT_FOUND');
});

test('a quest that others require cannot be archived, nor required once it is, nor come back before what it requires', async () => {
  const first = await created();
  const second = await created({ requires: [first.name] });
  const refused = (await archive(first.id)).errors![0]!;
  expect(refused.extensions.code).toBe('CONFLICT');
  expect(refused.message).toContain(second.name);
  await archive(second.id);
  expect((await archive(first.id)).data.quest.version).toBe(2);
  expect((await restore(second.id)).errors![0]!.message).toContain(`${first.name}, which is archived`);
  expect((await create({ requires: [first.name] })).errors![0]!.message).toContain(`${first.name}, which is archived`);
  await restore(first.id);
  expect((await restore(second.id)).data.quest.archivedAt).toBeNull();
});
