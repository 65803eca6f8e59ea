import { checkQuest } from '../definition/check.rules.ts';
import type { Draft, Objective } from '../definition/definition.rules.ts';
import { simpleFormOf } from '../definition/form.rules.ts';
import { accepted, firstVersion } from '../definition/version.rules.ts';
import { long, objective, simple } from './quests.ts';

const now = new Date('2026-01-01T00:00:00Z');
const faultsOf = (draft: Draft) => checkQuest(firstVersion(draft, now));
const at = (depth: number) => Array.from({ length: depth }, (_, n) => `a${n}`).join('.');
const where = (...conditions: object[]) => ({ where: conditions });
const sum = { measure: 'SUM', of: 'damage' };
const days = { measure: 'PERIODS', period: 'DAY', target: 3 };
const steps = (...targets: unknown[]) => ({
  steps: targets.map((target) => ({ target, rewards: [{ item: 'GOLD', quantity: 1 }] })),
  rewards: [],
});
const { streak: _, ...withoutStreak } = simple;

test.each<[string, Draft]>([
  ['one objective of one type', long(objective())],
  ['ten objectives', long(...Array.from({ length: 10 }, (_, n) => objective({ name: `o${n}` })))],
  ['ten types', long(objective({ events: Array.from({ length: 10 }, (_, n) => `T${n}`) }))],
  [
    'the events that the system sends of a player',
    long(
      objective({
        events: ['QuestCompleted', 'RewardClaimed', 'QuestExpired', 'UserActive', 'UserSignIn', 'NewUserSignIn'],
      }),
    ),
  ],
  ['a sum of the largest target', long(objective({ ...sum, target: 2 ** 53 - 1 }))],
  [
    'different values as many as are kept',
    { ...long(objective({ measure: 'DISTINCT', of: 'boss', target: 100 })), duplication: 100 },
  ],
  ['the greatest value, once', long(objective({ measure: 'MAX', of: 'length' }))],
  [
    'the greatest value and different ones of each day, once others are completed',
    {
      ...long(objective({ measure: 'MAX', of: 'a' }), objective({ name: 'b', measure: 'DISTINCT', of: 'b' })),
      ...{ every: 'DAY', requires: ['quest-0'] },
    },
  ],
  ['days, once others are completed', { ...long(objective(days)), requires: ['quest-0'] }],
  ['days in a row with grace and freezes', long(objective({ ...days, graceHours: 3, freezes: 2 }))],
  [
    'any weeks with several events each',
    long(objective({ ...days, period: 'WEEK', perPeriod: 5, consecutive: false })),
  ],
  ['days of a week', { ...long(objective(days)), every: 'WEEK', timeZone: 'Asia/Tokyo' }],
  ['any of two', { ...long(objective(), objective({ name: 'b' })), completes: 'ANY' }],
  ['a path of eight names', long(objective(where({ path: at(8), op: 'EQ', value: 'a' })))],
  [
    'every operator',
    long(
      objective(
        where(
          ...['EQ', 'NE', 'GT', 'GTE', 'LT', 'LTE'].map((op) => ({ path: 'a', op, value: 1 })),
          { path: 'a', op: 'IN', value: ['a', 1, true, null] },
          { path: 'a', op: 'EXISTS' },
          { path: 'a', op: 'EXISTS', value: false },
        ),
      ),
    ),
  ],
  ['a fraction', long(objective(where({ path: 'a', op: 'GT', value: 0.5 })))],
  ['steps of the simple form, the last of which is the streak', { ...withoutStreak, ...steps(3, 6, 9) }],
  [
    'steps of an objective, the last of which is the target',
    { ...long({ ...objective(), target: undefined }), ...steps(3, 6, 9) },
  ],
  ['a cooldown', { ...simple, cooldown: 'PT1H' }],
  ['the longest cooldown', { ...simple, cooldown: 'P366D' }],
  [
    'ten prerequisites by name or id',
    {
      ...simple,
      requires: ['00000000-0000-4000-8000-000000000000', ...Array.from({ length: 9 }, (_, n) => `quest-${n}`)],
    },
  ],
  ['a simple quest of every month', { ...simple, every: 'MONTH', timeZone: 'Europe/Berlin' }],
])('%s has no fault', (_, draft) => {
  expect(faultsOf(draft)).toEqual([]);
});

test.each<[string, Draft]>([
  ['objectives must be a list of 1 to 10.', long()],
  [
    'objectives must be a list of 1 to 10.',
    long(...Array.from({ length: 11 }, (_, n) => objective({ name: `o${n}` }))),
  ],
  ['objectives[1].name is that of an earlier objective.', long(objective(), objective())],
  ['objectives[0].name must be', long(objective({ name: '' }))],
  ['objectives[0] must be an objective.', { ...long(), objectives: ['wins'] }],
  ['objectives[0].colour is not a field of an objective.', long(objective({ colour: 'red' }))],
  [
    'objectives[0].__proto__ is not a field of an objective.',
    long(JSON.parse('{ "name": "a", "events": ["A"], "target": 1, "__proto__": {} }') as object),
  ],
  ['objectives[0].events must be a list of 1 to 10.', long(objective({ events: [] }))],
  ['objectives[0].events[0] must be 1 to 64 letters', long(objective({ events: ['a'] }))],
  ['objectives[0].events[1] is there already', long(objective({ events: ['A', 'A'] }))],
  [
    'objectives[0].events[0] must not be QuestDefined, which never counts',
    long(objective({ events: ['QuestDefined'] })),
  ],
  [
    'objectives[0].events[0] must not be OperatorActed, which never counts',
    long(objective({ events: ['OperatorActed'] })),
  ],
  ['trigger must not be UserTimeZoneChanged, which never counts', { ...simple, trigger: 'UserTimeZoneChanged' }],
  ['objectives[0].target must be a whole number', long(objective({ target: 0 }))],
  ['objectives[0].target must be a whole number', long(objective({ target: 2 ** 53 }))],
  ['objectives[0].target must be a whole number', long(objective({ target: undefined }))],
  ['objectives[0].measure must be COUNT, SUM, MAX, DISTINCT or PERIODS.', long(objective({ measure: 'AVERAGE' }))],
  ['objectives[0].of must say which part', long(objective({ measure: 'SUM' }))],
  ['objectives[0].of needs a measure', long(objective({ of: 'damage' }))],
  ['objectives[0].of must be names', long(objective({ ...sum, of: '__proto__.x' }))],
  ['objectives[0].period must be DAY, WEEK or MONTH', long(objective({ measure: 'PERIODS' }))],
  ['objectives[0].period needs a measure of PERIODS.', long(objective({ period: 'DAY' }))],
  ['objectives[0].perPeriod needs a measure of PERIODS.', long(objective({ perPeriod: 2 }))],
  ['objectives[0].graceHours needs a measure of PERIODS.', long(objective({ graceHours: 1 }))],
  ['objectives[0].freezes needs a measure of PERIODS.', long(objective({ freezes: 1 }))],
  ['objectives[0].consecutive needs a measure of PERIODS: events in a row', long(objective({ consecutive: true }))],
  ['objectives[0].graceHours needs a perPeriod of 1.', long(objective({ ...days, perPeriod: 2, graceHours: 1 }))],
  ['objectives[0].freezes needs periods in a row', long(objective({ ...days, consecutive: false, freezes: 1 }))],
  [
    'objectives[0].where must be a list of at most 10.',
    long(objective(where(...Array<object>(11).fill({ path: 'a', op: 'EXISTS' })))),
  ],
  ['objectives[0].where[0].path must be names', long(objective(where({ path: at(9), op: 'EXISTS' })))],
  ['objectives[0].where[0].path must be names', long(objective(where({ path: 'a..b', op: 'EXISTS' })))],
  ['objectives[0].where[0].path must be names', long(objective(where({ path: 'a.constructor', op: 'EXISTS' })))],
  ['objectives[0].where[0].op must be EQ', long(objective(where({ path: 'a', op: 'LIKE', value: 'a' })))],
  ['objectives[0].where[0].value must be said.', long(objective(where({ path: 'a', op: 'EQ' })))],
  [
    'objectives[0].where[0].value must be a number or text',
    long(objective(where({ path: 'a', op: 'GT', value: true }))),
  ],
  [
    'objectives[0].where[0].value must be a list of 1 to 50',
    long(objective(where({ path: 'a', op: 'IN', value: 'a' }))),
  ],
  [
    'objectives[0].where[0].value must be a list of 1 to 50',
    long(objective(where({ path: 'a', op: 'IN', value: [] }))),
  ],
  [
    'objectives[0].where[0].value must be text of at most 200 characters, true, false, null or a number; write',
    long(objective(where({ path: 'a', op: 'EQ', value: 2 ** 60 }))),
  ],
  ['objectives[0].where[0].value must be text', long(objective(where({ path: 'a', op: 'EQ', value: { a: 1 } })))],
  [
    'objectives[0].where[0].value must be true or false.',
    long(objective(where({ path: 'a', op: 'EXISTS', value: 1 }))),
  ],
  [
    'objectives must not be longer than 32768 characters',
    long(
      ...Array.from({ length: 10 }, (_, n) =>
        objective({
          name: `o${n}`,
          ...where(...Array<object>(10).fill({ path: 'a', op: 'IN', value: Array(50).fill('abc') })),
        }),
      ),
    ),
  ],
  [
    'objectives[0].measure must not be MAX with a duplication',
    { ...long(objective({ measure: 'MAX', of: 'a' })), duplication: 2, every: 'DAY' },
  ],
  [
    'objectives[0].measure must not be MAX in a quest that requires others',
    { ...long(objective({ measure: 'MAX', of: 'a' })), requires: ['quest-0'] },
  ],
  [
    'objectives[1].measure must not be DISTINCT in a quest that requires others',
    { ...long(objective(), objective({ name: 'b', measure: 'DISTINCT', of: 'a' })), requires: ['quest-0'] },
  ],
  [
    'objectives[0].measure must be COUNT or SUM in a quest with a cooldown: of PERIODS',
    { ...long(objective(days)), cooldown: 'PT1H', duplication: 2 },
  ],
  ['period must be EVENT in a quest with a cooldown', { ...simple, period: 'DAY', cooldown: 'PT1H' }],
  ['objectives[0].graceHours needs periods in a row', long(objective({ ...days, consecutive: false, graceHours: 3 }))],
  [
    'objectives[0].target times duplication must be at most 10000',
    { ...long(objective({ measure: 'DISTINCT', of: 'a', target: 101 })), duplication: 100 },
  ],
  [
    'objectives[0].target times duplication must be at most 9007199254740991.',
    { ...long(objective({ ...sum, target: 2 ** 52 })), duplication: 3 },
  ],
  ['every must be longer than each period', { ...long(objective({ ...days, period: 'WEEK' })), every: 'DAY' }],
  ['every must be longer than each period', { ...simple, period: 'WEEK', every: 'WEEK' }],
  ['completes must be ALL', { ...simple, completes: 'ANY' }],
  ['trigger is of the simple form', { ...long(objective()), trigger: 'A' }],
  ['streak is of the simple form', { ...long(objective()), streak: 3 }],
  ['period is of the simple form', { ...long(objective()), period: 'DAY' }],
  ['graceHours is of the simple form', { ...long(objective()), graceHours: 3 }],
  ['freezes is of the simple form', { ...long(objective()), freezes: 3 }],
  ['steps must be a list of at most 50.', { ...simple, ...steps(...Array.from({ length: 51 }, (_, n) => n + 1)) }],
  ['steps[1].target must be more than that', { ...withoutStreak, ...steps(3, 3) }],
  ['steps[0].target must be a whole number', { ...simple, ...steps(0, 2) }],
  ['steps[0].rewards must be a list of 1 to 20.', { ...simple, rewards: [], steps: [{ target: 2, rewards: [] }] }],
  [
    'steps[0].rewards[1].item is there already',
    {
      ...simple,
      rewards: [],
      steps: [
        {
          target: 2,
          rewards: [
            { item: 'A', quantity: 1 },
            { item: 'A', quantity: 1 },
          ],
        },
      ],
    },
  ],
  ['steps need a quest of one objective.', { ...long(objective(), objective({ name: 'b' })), ...steps(10) }],
  ['objectives[0].target must be the target of the last step, 9.', { ...long(objective()), ...steps(3, 9) }],
  ['streak must be the target of the last step, 9.', { ...simple, ...steps(3, 9) }],
  ['rewards must be absent', { ...withoutStreak, ...steps(3), rewards: simple.rewards }],
  ['cooldown must be an ISO 8601 duration', { ...simple, cooldown: '1h' }],
  ['cooldown must be an ISO 8601 duration', { ...simple, cooldown: 'P1M' }],
  ['cooldown must be an ISO 8601 duration', { ...simple, cooldown: 'PT0S' }],
  ['cooldown must be an ISO 8601 duration', { ...simple, cooldown: 'P367D' }],
  ['cooldown must be an ISO 8601 duration', { ...simple, cooldown: 'PT' }],
  ['cooldown must be an ISO 8601 duration', { ...simple, cooldown: 3600 }],
  [
    'requires must be a list of at most 10.',
    { ...simple, requires: Array.from({ length: 11 }, (_, n) => `quest-${n}`) },
  ],
  ['requires[1] is there already', { ...simple, requires: ['one', 'one'] }],
  ['requires[0] must be the name or the id', { ...simple, requires: ['Not A Name'] }],
])('"%s" is the one fault of %j', (fault, draft) => {
  const faults = faultsOf(draft);
  expect(faults).toEqual([expect.stringContaining(fault)]);
  expect(faults[0]).toMatch(/^[A-Za-z].*\.$/);
});

test('what is left out has its default, and each length of time is written in one way', () => {
  const quest = accepted(
    firstVersion({ ...long(objective(where({ path: 'a', op: 'EXISTS' }))), cooldown: 'PT90M' }, now),
  );
  expect(quest.cooldown).toBe('PT1H30M');
  expect(quest.objectives).toEqual<Objective[]>([
    {
      name: 'wins',
      events: ['MatchWon'],
      where: [{ path: 'a', op: 'EXISTS', value: true }],
      measure: 'COUNT',
      of: null,
      target: 10,
      period: null,
      perPeriod: 1,
      consecutive: null,
      graceHours: 0,
      freezes: 0,
    },
  ]);
});

test.each([
  ['P7D', 'P7D'],
  ['P1W', 'P7D'],
  ['PT24H', 'P1D'],
  ['PT3661S', 'PT1H1M1S'],
])('a cooldown of %s is %s', (written, told) => {
  expect(accepted(firstVersion({ ...simple, cooldown: written }, now)).cooldown).toBe(told);
});

test('the simple form of a quest with objectives repeats the first of them, as far as an Int goes', () => {
  const quest = accepted(
    firstVersion(
      long(objective({ ...sum, target: 2 ** 40 }), objective({ ...days, name: 'days', events: ['UserSignIn'] })),
      now,
    ),
  );
  expect(simpleFormOf(quest)).toEqual({
    trigger: 'MatchWon',
    streak: 2 ** 31 - 1,
    period: 'EVENT',
    graceHours: 0,
    freezes: 0,
  });
});
