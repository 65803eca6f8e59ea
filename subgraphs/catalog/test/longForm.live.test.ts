import { randomUUID } from 'node:crypto';
import { catalogForTests } from './catalog.ts';

const catalog = catalogForTests();

const fresh = () => `quest-${randomUUID().slice(0, 8)}`;
const gold = (quantity: number) => [{ item: 'GOLD', quantity }];
const whole = `id name version form trigger streak duplication period graceHours freezes completes every cooldown
  objectives { name events where { path op value } measure of target period perPeriod consecutive graceHours freezes }
  steps { target rewards { id item quantity } } requires { name } rewards { id item quantity }`;
interface Quest {
  id: string;
  name: string;
  version: number;
  rewards: { id: string; item: string; quantity: number }[];
  steps: { target: number; rewards: { id: string; item: string; quantity: number }[] }[];
  [field: string]: unknown;
}
const create = (input: object) =>
  catalog.ask<{ quest: Quest }>(
    'operator',
    `mutation ($input: QuestInput!) { quest: createQuest(input: $input) { ${whole} } }`,
    { input: { name: fresh(), title: 'A quest', ...input } },
  );
const update = (id: string, input: object) =>
  catalog.ask<{ quest: Quest }>(
    'operator',
    `mutation ($id: ID!, $input: QuestUpdate!) { quest: updateQuest(id: $id, input: $input) { ${whole} } }`,
    { id, input },
  );
const termsOf = async ({ id, version }: Quest) => {
  const [told] = await catalog.sql<{ data: Record<string, unknown> }>(
    `select envelope::json->'data' as data from outbox where envelope::json->>'id' = $1`,
    [`${id}:${version}`],
  );
  return told!.data;
};

const dragons = {
  objectives: [
    {
      ...{ name: 'wins', events: ['MatchWon'], target: 10 },
      where: [
        { path: 'match.mode', op: 'EQ', value: 'ranked' },
        { path: 'score', op: 'GTE', value: 1000 },
        { path: 'map', op: 'IN', value: ['lava', 7, true, null] },
      ],
    },
    { name: 'damage', events: ['MatchWon', 'MatchLost'], measure: 'SUM', of: 'damage', target: 2 ** 53 - 1 },
    { name: 'days', events: ['UserSignIn'], measure: 'PERIODS', period: 'DAY', target: 3 },
  ],
  every: 'WEEK',
  timeZone: 'Europe/Berlin',
  rewards: gold(2 ** 53 - 1),
};
const plainObjective = {
  ...{ where: [], measure: 'COUNT', of: null, period: null, perPeriod: 1 },
  ...{ consecutive: null, graceHours: 0, freezes: 0 },
};

test('a quest of several objectives is answered as it was written, and told to the others whole', async () => {
  const { data } = await create(dragons);
  const [wins, damage, days] = dragons.objectives;
  const objectives = [
    { ...plainObjective, ...wins! },
    { ...plainObjective, ...damage! },
    { ...plainObjective, ...days!, consecutive: true },
  ];
  expect(data.quest).toMatchObject({
    ...{ form: 'OBJECTIVES', objectives, completes: 'ALL', every: 'WEEK', cooldown: null, steps: [], requires: [] },
    ...{ trigger: 'MatchWon', streak: 10, period: 'EVENT', graceHours: 0, freezes: 0, duplication: 1 },
    rewards: gold(2 ** 53 - 1),
  });
  expect(await termsOf(data.quest)).toMatchObject({
    ...{ trigger: 'MatchWon', streak: 10, period: 'EVENT', graceHours: 0, freezes: 0 },
    objectives: objectives.map((one) => ({ ...one, consecutive: true })),
    ...{ completes: 'ALL', every: 'WEEK', timeZone: 'Europe/Berlin', cooldownSeconds: 0, steps: [], requires: [] },
    ...{ inFlight: 'KEEP', backfill: 'NONE', maxPayout: [], archivedAt: null, onArchive: null },
  });
});

test('a cooldown is answered in one way to write it, and told to the others in seconds', async () => {
  const { data } = await create({ trigger: 'A', streak: 1, duplication: 2, cooldown: 'PT60M', rewards: gold(1) });
  expect(data.quest.cooldown).toBe('PT1H');
  expect(await termsOf(data.quest)).toMatchObject({ cooldownSeconds: 3600 });
});

test('of a quest in the simple form, objectives are the one that it means', async () => {
  const { data } = await create({ trigger: 'UserSignIn', streak: 7, period: 'DAY', freezes: 1, rewards: gold(1) });
  expect(data.quest).toMatchObject({
    ...{ form: 'SIMPLE', trigger: 'UserSignIn', streak: 7, period: 'DAY' },
    objectives: [
      {
        ...{ ...plainObjective, name: 'streak', events: ['UserSignIn'], measure: 'PERIODS', target: 7 },
        ...{ period: 'DAY', consecutive: true, freezes: 1 },
      },
    ],
  });
});

test('steps pay each its own, and a reward that stays keeps its id', async () => {
  const ladder = [3, 6, 9].map((target) => ({ target, rewards: gold(target) }));
  const { data } = await create({ trigger: 'UserSignIn', period: 'DAY', steps: ladder });
  expect(data.quest).toMatchObject({ streak: 9, steps: ladder, rewards: gold(9) });
  const [first, , last] = data.quest.steps;
  const told = await termsOf(data.quest);
  expect(told['steps']).toEqual(data.quest.steps);
  expect(told['rewards']).toEqual(last!.rewards);

  const further = [...ladder.slice(0, 1), { target: 12, rewards: gold(9) }];
  const changed = (await update(data.quest.id, { steps: further })).data.quest;
  expect(changed).toMatchObject({ version: 2, streak: 12, steps: further });
  expect(changed.steps[0]!.rewards[0]!.id).toBe(first!.rewards[0]!.id);
  expect(changed.steps[1]!.rewards[0]!.id).not.toBe(last!.rewards[0]!.id);
  const plain = (await update(data.quest.id, { steps: [], rewards: gold(5) })).data.quest;
  expect(plain).toMatchObject({ version: 3, streak: 12, steps: [], rewards: gold(5) });
});

test('a quest goes from one form to the other and back', async () => {
  const { data } = await create({ trigger: 'MatchWon', streak: 2, period: 'WEEK', freezes: 1, rewards: gold(1) });
  const { id } = data.quest;
  const objectives = [{ name: 'kills', events: ['BossKilled'], measure: 'DISTINCT', of: 'boss', target: 5 }];
  expect((await update(id, { objectives })).data.quest).toMatchObject({
    ...{ form: 'OBJECTIVES', trigger: 'BossKilled', streak: 5, period: 'EVENT', freezes: 0, version: 2 },
  });
  expect((await update(id, { title: 'Another' })).data.quest).toMatchObject({ form: 'OBJECTIVES', version: 3 });
  expect((await update(id, { trigger: 'MatchWon', streak: 4 })).data.quest).toMatchObject({
    ...{ form: 'SIMPLE', trigger: 'MatchWon', streak: 4, period: 'EVENT', version: 4 },
  });
});

test('prerequisites are named or given by id, are told by id, and players do not see hidden ones', async () => {
  const [one, two] = await Promise.all(
    [{ hidden: true }, {}].map(
      async (more) => (await create({ trigger: 'A', streak: 1, rewards: gold(1), ...more })).data.quest,
    ),
  );
  const { data } = await create({ trigger: 'A', streak: 1, rewards: gold(1), requires: [one!.id, two!.name] });
  expect(data.quest.requires).toEqual([{ name: one!.name }, { name: two!.name }]);
  expect((await termsOf(data.quest))['requires']).toEqual([one!.id, two!.id]);
  const seen = await catalog.ask('player', 'query ($id: ID!) { quest(id: $id) { requires { name } } }', {
    id: data.quest.id,
  });
  expect(seen.data).toEqual({ quest: { requires: [{ name: two!.name }] } });
  const { errors } = await update(one!.id, { requires: [data.quest.name] });
  expect(errors![0]!.message).toBe(
    `requires[0] must not lead back to the quest itself: ${[one!.name, data.quest.name, one!.name].join(' requires ')}.`,
  );
});

test('a quest that counts only completions which wait for its own is refused, directly and by a loop', async () => {
  const counting = (...value: string[]) => ({
    name: 'completions',
    events: ['QuestCompleted'],
    target: 1,
    where: [{ path: 'questId', op: 'IN', value }],
  });
  const one = (await create({ objectives: [{ name: 'wins', events: ['A'], target: 1 }], rewards: gold(1) })).data.quest;
  const two = (await create({ objectives: [counting(one.id)], rewards: gold(1) })).data.quest;
  const said = async (id: string, change: object) => (await update(id, change)).errors?.[0]!.message ?? 'stored';
  const stuck =
    'objectives must not count only completions that wait for the quest’s own: none of them could come first.';
  expect(await said(two.id, { objectives: [counting(two.id)] })).toBe(stuck);
  expect(await said(one.id, { objectives: [counting(two.id)] })).toBe(stuck);
  expect(await said(one.id, { requires: [two.name] })).toBe(stuck);
  expect(await said(two.id, { objectives: [counting(two.id, one.id)] })).toBe('stored');
  const days = { ...counting(one.id, two.id), measure: 'PERIODS', period: 'DAY', perPeriod: 2 };
  expect(await said(two.id, { objectives: [days] })).toContain('own completion would fill one');
});

test('two changes at once that would make a circle together: one of them is refused', async () => {
  const simple = { trigger: 'A', streak: 1, rewards: gold(1) };
  const [one, two] = [(await create(simple)).data.quest, (await create(simple)).data.quest];
  const answers = await Promise.all([
    update(one.id, { requires: [two.name] }),
    update(two.id, { requires: [one.name] }),
  ]);
  expect(answers.map(({ errors }) => errors?.[0]!.extensions.code ?? 'stored').sort()).toEqual([
    'BAD_USER_INPUT',
    'stored',
  ]);
});

test('quests are found by every type that moves them', async () => {
  const type = `T${randomUUID().slice(0, 8)}`;
  const objectives = [
    { name: 'a', events: ['A', type], target: 1 },
    { name: 'b', events: ['B'], target: 1 },
  ];
  const made = [
    (await create({ trigger: type, streak: 1, rewards: gold(1) })).data.quest.name,
    (await create({ objectives, rewards: gold(1) })).data.quest.name,
  ];
  const { data } = await catalog.ask<{ quests: { nodes: { name: string }[] } }>(
    'player',
    'query ($trigger: String!) { quests(filter: { trigger: $trigger }) { nodes { name } } }',
    { trigger: type },
  );
  expect(data.quests.nodes.map(({ name }) => name)).toEqual(made.toReversed());
});

test('faults of the long form name their place', async () => {
  const { errors } = await create({
    objectives: [
      { name: 'a', events: ['A'], target: 1, where: [{ path: '__proto__.x', op: 'EQ', value: 1 }] },
      { name: 'b', events: ['UserTimeZoneChanged'], measure: 'SUM', target: 1 },
    ],
    rewards: gold(1),
    cooldown: 'an hour',
  });
  expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  expect((errors![0]!.extensions.faults as string[]).map((fault) => fault.split(' ')[0])).toEqual([
    'objectives[0].where[0].path',
    'objectives[1].events[0]',
    'cooldown',
  ]);
});
