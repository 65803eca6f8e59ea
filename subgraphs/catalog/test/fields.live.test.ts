import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type GraphQLObjectType, buildSchema, getNamedType, isInputObjectType, isObjectType } from 'graphql';
import type {
  ConditionInput,
  ObjectiveInput,
  QuestFilter,
  QuestInput,
  QuestUpdate,
  RewardInput,
  StepInput,
} from '../schema.generated.ts';
import { catalogForTests } from './catalog.ts';

/** What the SDL promises an operator may say, every field of it, is heard: a field that changes no answer fails here. */

const catalog = catalogForTests();

const sdl = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8').replace(/^extend schema.*$/m, '');
const schema = buildSchema(sdl, { assumeValidSDL: true });

/** Every field of a quest. Those that it requires are told by name: they are quests themselves. */
function selectionOf(type: GraphQLObjectType): string {
  const fields = Object.values(type.getFields()).map(({ name, type }) => {
    const of = getNamedType(type);
    if (!isObjectType(of)) return name;
    return of.name === 'Quest' ? `${name} { name }` : `${name} ${selectionOf(of)}`;
  });
  return `{ ${fields.join(' ')} }`;
}
const whole = selectionOf(schema.getType('Quest') as GraphQLObjectType);
const fieldsOf = (input: string) => {
  const type = schema.getType(input);
  if (!isInputObjectType(type)) throw new Error(`${input} is no input.`);
  return Object.keys(type.getFields());
};

type Values = Record<string, unknown>;
/** Two values of a field that must be told apart, and what else must be said for both to be valid. */
type Case = [before: unknown, after: unknown, among?: Values];
type Cases<Input> = Record<keyof Required<Input>, Case>;

const gold = (quantity: number) => [{ item: 'GOLD', quantity }];
const objective = (more: Values = {}) => ({ name: 'wins', events: ['MatchWon'], target: 3, ...more });
const days = { measure: 'PERIODS', period: 'DAY' };
const steps = (...targets: number[]) => targets.map((target) => ({ target, rewards: gold(target) }));
const noTrigger = { trigger: undefined, streak: undefined };
const minimal = () => ({
  ...{ name: `quest-${randomUUID().slice(0, 8)}`, title: 'A quest', trigger: 'MatchWon', streak: 3 },
  rewards: gold(1),
});

/** Of both inputs; `prerequisite` is there before the first test. */
const update: Cases<QuestUpdate> = {
  title: ['One', 'Two'],
  description: ['One', ''],
  trigger: ['MatchWon', 'MatchLost'],
  streak: [3, 4],
  duplication: [1, 2],
  period: ['EVENT', 'DAY'],
  timeZone: ['Asia/Tokyo', null, { period: 'DAY' }],
  graceHours: [0, 3, { period: 'DAY' }],
  freezes: [0, 1, { period: 'DAY' }],
  objectives: [[objective()], [objective(), objective({ name: 'more' })], noTrigger],
  completes: ['ALL', 'ANY', { ...noTrigger, objectives: [objective(), objective({ name: 'more' })] }],
  every: ['WEEK', null],
  steps: [steps(1, 3), steps(2, 3), { rewards: [] }],
  cooldown: ['PT1H', null],
  requires: [[], ['prerequisite']],
  autoClaim: [false, true],
  rewards: [gold(1), gold(2)],
  category: ['duels', null],
  tags: [['one'], []],
  endsAt: ['9998-01-01T00:00:00Z', '9999-01-01T00:00:00Z'],
  hidden: [false, true],
};
const input: Cases<QuestInput> = {
  ...update,
  name: ['one-name', 'another-name'],
  startsAt: ['9990-01-01T00:00:00Z', '9991-01-01T00:00:00Z'],
};

const condition = (more: Values = {}) => ({ path: 'mode', op: 'EQ', value: 'ranked', ...more });
const objectives: Cases<ObjectiveInput> = {
  name: ['wins', 'victories'],
  events: [['MatchWon'], ['MatchWon', 'MatchLost']],
  where: [[], [condition()]],
  measure: ['SUM', 'MAX', { of: 'damage' }],
  of: ['damage', 'healing', { measure: 'SUM' }],
  target: [3, 2 ** 53 - 1],
  period: ['DAY', 'WEEK', { measure: 'PERIODS' }],
  perPeriod: [1, 2, days],
  consecutive: [true, false, days],
  graceHours: [0, 3, days],
  freezes: [0, 1, days],
};
const conditions: Cases<ConditionInput> = {
  path: ['mode', 'match.mode'],
  op: ['EQ', 'NE'],
  value: ['ranked', null],
};
const rewards: Cases<RewardInput> = {
  name: ['A coin', 'Two coins'],
  item: ['GOLD', 'SILVER'],
  quantity: [1, 2 ** 53 - 1],
};
const stepCases: Cases<StepInput> = {
  target: [1, 2],
  rewards: [gold(1), gold(2)],
};

/** What each input is a part of, and under which name that is answered. */
const parts: [input: string, cases: Record<string, Case>, place: (value: Values) => Values, answered: string][] = [
  ['ObjectiveInput', objectives, (value) => ({ ...noTrigger, objectives: [objective(value)] }), 'objectives'],
  [
    'ConditionInput',
    conditions,
    (value) => ({ ...noTrigger, objectives: [objective({ where: [condition(value)] })] }),
    'objectives',
  ],
  ['RewardInput', rewards, (value) => ({ rewards: [{ ...gold(1)[0], ...value }] }), 'rewards'],
  ['StepInput', stepCases, (value) => ({ rewards: [], steps: [{ ...steps(1)[0], ...value }, ...steps(3)] }), 'steps'],
];

const mutate = async (query: string, variables: Values): Promise<Values> => {
  const { data, errors } = await catalog.ask<{ quest: Values }>('operator', query, variables);
  expect(errors).toBeUndefined();
  return data.quest;
};
const create = (more: Values) =>
  mutate(`mutation ($input: QuestInput!) { quest: createQuest(input: $input) ${whole} }`, {
    input: { ...minimal(), ...more },
  });

beforeAll(() => create({ name: 'prerequisite' }));

const rows = (name: string, cases: Record<string, Case>) =>
  fieldsOf(name).map((field) => [field, cases[field]] as [string, Case | undefined]);
const told = (field: string, of: Case | undefined): Case => {
  if (!of) throw new Error(`Say two values of ${field} that make a difference.`);
  return of;
};
/** Ids differ from quest to quest. */
const content = (value: unknown) => JSON.stringify(value, (key, part: unknown) => (key === 'id' ? undefined : part));

test.each(rows('QuestInput', input))('QuestInput.%s makes a difference', async (field, of) => {
  const [before, after, among] = told(field, of);
  const [one, other] = [await create({ ...among, [field]: before }), await create({ ...among, [field]: after })];
  expect(content(one[field])).not.toBe(content(other[field]));
});

test.each(rows('QuestUpdate', update))('QuestUpdate.%s makes a difference', async (field, of) => {
  const [before, after, among] = told(field, of);
  const quest = await create({ ...among, [field]: before });
  const changed = await mutate(
    `mutation ($id: ID!, $input: QuestUpdate!) { quest: updateQuest(id: $id, input: $input) ${whole} }`,
    { id: quest['id'], input: { [field]: after } },
  );
  expect(content(quest[field])).not.toBe(content(changed[field]));
});

describe.each(parts)('of %s', (name, cases, place, answered) => {
  test.each(rows(name, cases))('%s makes a difference', async (field, of) => {
    const [before, after, among] = told(field, of);
    const [one, other] = [
      await create(place({ ...among, [field]: before })),
      await create(place({ ...among, [field]: after })),
    ];
    expect(content(one[answered])).not.toBe(content(other[answered]));
  });
});

test('every input that a quest is made of is among these', () => {
  const inputs = Object.keys(schema.getTypeMap()).filter((name) => isInputObjectType(schema.getType(name)));
  const tried = ['QuestInput', 'QuestUpdate', 'QuestFilter', ...parts.map(([name]) => name)];
  // What a publication may pay is no part of a quest: edits.live.test.ts has it.
  expect(inputs.filter((name) => !tried.includes(name))).toEqual(['BudgetInput']);
});

const filters: Record<keyof QuestFilter, unknown> = {
  category: 'found',
  tags: ['found'],
  trigger: 'Found',
  includeArchived: true,
};

test.each(fieldsOf('QuestFilter'))('QuestFilter.%s makes a difference', async (field) => {
  const found = { category: 'found', tags: ['found'], trigger: 'Found' };
  const quest = await create(found);
  await create({ trigger: 'Lost' });
  const gone = await create(found);
  await catalog.ask('operator', 'mutation ($id: ID!) { archiveQuest(id: $id) { id } }', { id: gone['id'] });
  const list = async (filter: Values) => {
    const { data } = await catalog.ask<{ quests: { nodes: { id: string }[] } }>(
      'operator',
      'query ($filter: QuestFilter) { quests(first: 3, filter: $filter) { nodes { id } } }',
      { filter },
    );
    return data.quests.nodes.map(({ id }) => id);
  };
  const [all, some] = [await list({}), await list({ [field]: filters[field as keyof QuestFilter] })];
  expect(some).not.toEqual(all);
  expect(some).toContain(quest['id']);
});
