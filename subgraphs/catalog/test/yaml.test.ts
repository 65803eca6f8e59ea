import { checkQuest } from '../definition/check.rules.ts';
import type { Quest } from '../definition/definition.rules.ts';
import { accepted, definitionOf, firstVersion } from '../definition/version.rules.ts';
import { writeQuests } from '../yaml/exportYaml.ts';
import { readQuests } from '../yaml/importYaml.ts';
import { questWith } from './quests.ts';

const quest = questWith({
  name: '2026-summer',
  title: 'Sun: 100 % "fun" # and more',
  description: 'Two\nlines',
  trigger: 'UserSignIn',
  streak: 3,
  period: 'DAY',
  timeZone: 'Europe/Berlin',
  graceHours: 3,
  freezes: 1,
  autoClaim: true,
  rewards: [
    { id: 'r1', name: '10 diamonds', item: 'DIAMOND', quantity: 10 },
    { id: 'r2', name: 'Pocket money', item: 'GOLD', quantity: 5 },
  ],
  category: 'yes',
  tags: ['on', '1'],
  startsAt: new Date('2026-01-01T00:00:00.123Z'),
  endsAt: new Date('2026-09-01T00:00:00Z'),
  version: 7,
});

/** What the file is refused with; none: it was taken. */
function faultsOf(text: string, more: string[][] = []): unknown {
  try {
    readQuests(text).refuse(more);
    return [];
  } catch (error) {
    const { code, extensions, message } = error as { code: string; message: string; extensions: { faults?: unknown } };
    expect(code).toBe('BAD_USER_INPUT');
    return extensions.faults ?? message;
  }
}

const now = new Date('2026-01-01T00:00:00Z');

test('what is written reads as the same definition, without ids, versions and what follows from the rest', () => {
  const [draft] = readQuests(writeQuests([quest])).drafts;
  expect(accepted(firstVersion(draft!, now))).toEqual(definitionOf(quest));
  expect(Object.keys(draft!)).toEqual([
    ...[
      'name',
      'title',
      'description',
      'trigger',
      'streak',
      'duplication',
      'period',
      'timeZone',
      'graceHours',
      'freezes',
    ],
    ...['autoClaim', 'rewards', 'category', 'tags', 'startsAt', 'endsAt', 'hidden'],
  ]);
  expect(draft!.rewards).toEqual([
    { item: 'DIAMOND', quantity: 10 },
    { name: 'Pocket money', item: 'GOLD', quantity: 5 },
  ]);
});

const dragonWeek = `- name: dragon-week
  title: Dragon week
  timeZone: Europe/Berlin
  objectives:
    - name: wins
      events:
        - MatchWon
      where:
        - path: match.mode
          op: IN
          value:
            - ranked
            - 5
        - path: bonus
          op: EQ
          value: null
      target: 10
    - name: damage
      events:
        - MatchWon
        - MatchLost
      measure: SUM
      of: damage
      target: 9007199254740991
    - name: days
      events:
        - UserSignIn
      measure: PERIODS
      target: 3
      period: DAY
      consecutive: false
  completes: ANY
  every: WEEK
  requires:
    - welcome
  rewards:
    - item: GOLD
      quantity: 500
  startsAt: 2026-01-01T00:00:00.000Z
`;

test('the long form is written with no more than what it says, and reads as the same', () => {
  const { drafts, refuse } = readQuests(dragonWeek);
  const next = firstVersion(drafts[0]!, now);
  refuse([checkQuest(next)]);
  const written = writeQuests([questWith(accepted(next) as Partial<Quest>)]);
  const defaults = ['description: ""', 'duplication: 1', 'autoClaim: false', 'tags: []', 'hidden: false'];
  expect(
    written
      .split('\n')
      .filter((line) => !defaults.includes(line.trim()))
      .join('\n'),
  ).toBe(dragonWeek);
});

test('an event is short for a list of one', () => {
  const { drafts } = readQuests(
    '- objectives: [{ name: a, event: MatchWon, target: 1 }, { name: b, event: [A, B], target: 1 }]',
  );
  expect(drafts[0]!.objectives).toMatchObject([{ events: ['MatchWon'] }, { events: ['A', 'B'] }]);
});

test('quests are written in the order of their names, whatever order they come in', () => {
  const other = { ...quest, name: 'autumn' };
  expect(writeQuests([quest, other])).toBe(writeQuests([other, quest]));
});

test('each fault of a rule is told with the line of its field, or of the quest when the field is absent', () => {
  const text = '- name: one\n  streak: 0\n\n- name: two\n  rewards:\n    - item: gold\n';
  const faults = [['streak must be more.', 'title must be text.'], ['rewards[0].item must be capital.']];
  expect(faultsOf(text, faults)).toEqual([
    { line: 1, message: 'title must be text.' },
    { line: 2, message: 'streak must be more.' },
    { line: 6, message: 'rewards[0].item must be capital.' },
  ]);
});

test.each([
  ['an unknown key of a quest', '- name: one\n  colour: red', 2],
  ['a prototype', '- name: one\n  __proto__: { hidden: true }', 2],
  ['a name that comes twice', '- name: one\n- name: two\n- name: one', 3],
  ['a field that comes twice', '- name: one\n  name: two', 2],
  ['an anchor', '- name: one\n- &a { name: two }', 2],
  ['an alias', '- &a { name: one }\n- *a', 1],
  ['a tag', '- name: !!binary aGVsbG8=', 1],
  ['a quest that is text', '- name: one\n- two', 2],
  ['a quest that is nothing', '- name: one\n-', 2],
  ['a map', 'name: one', 1],
  ['nothing', '', 1],
  ['two documents', '- name: one\n---\n- name: two', 2],
  ['an open bracket', '- name: [', 1],
  ['a key that is a list', '- ? [a, b]\n  : c', 1],
])('%s is refused with its line', (_, text, line) => {
  expect(faultsOf(text)).toEqual(expect.arrayContaining([{ line, message: expect.stringMatching(/\.|:/) }]));
});

test('a fault deep within is told with its own line', () => {
  const faults = [
    'objectives[0].events[1] must be.',
    'objectives[0].where[1].path must be.',
    'steps[0].target must be.',
  ];
  expect(faultsOf(`${dragonWeek}\n`, [faults])).toEqual([
    { line: 1, message: 'steps[0].target must be.' },
    { line: 6, message: 'objectives[0].events[1] must be.' },
    { line: 14, message: 'objectives[0].where[1].path must be.' },
  ]);
});

test('the first hundred faults are told, and how many more there are', () => {
  try {
    readQuests('- {}\n'.repeat(12_000)).refuse(
      Array.from({ length: 12_000 }, () => ['name must be.', 'title must be.']),
    );
  } catch (error) {
    const { extensions, message } = error as { message: string; extensions: { faults: unknown[]; more: number } };
    expect([extensions.faults.length, extensions.more]).toEqual([100, 23_900]);
    expect(message).toMatch(/^Line 1: name must be\.\n[^]*\nAnd 23900 more faults\.$/);
    expect(message.length).toBeLessThan(5000);
  }
  expect.assertions(3);
});

test('all faults are told together, in the order of lines', () => {
  const text = '- colour: red\n- name: one\n  streak: 0\n- name: one';
  expect(faultsOf(text, [[], ['streak must be more.'], []])).toMatchObject([{ line: 1 }, { line: 3 }, { line: 4 }]);
});

const laughs = (levels: number) =>
  Array.from(
    { length: levels },
    (_, n) =>
      `- &a${n} [${Array(9)
        .fill(n ? `*a${n - 1}` : 'lol')
        .join(', ')}]`,
  ).join('\n');

test.each([
  ['aliases of aliases', laughs(9)],
  ['brackets in brackets', '['.repeat(100_000)],
  ['braces in braces', '{a: '.repeat(100_000)],
  ['lists in lists', '- '.repeat(100_000)],
  ['keys in keys', '? '.repeat(100_000)],
  ['lines that go ever further in', Array.from({ length: 700 }, (_, n) => `${' '.repeat(n)}a:`).join('\n')],
  ['more than 1 MiB', `- name: ${'a'.repeat(1024 * 1024)}`],
])('%s are refused before they grow, and in words that are not the parser’s', (_, text) => {
  const told = JSON.stringify(faultsOf(text));
  expect(told).toMatch(/nested too deeply|Anchors, aliases|larger than/);
  expect(told).not.toMatch(/stack|alias count|parse/i);
});

test.each([
  ['what looks deep is text', `- name: a\n  description: "${'['.repeat(500)}"\n  title: |\n    ${'- '.repeat(300)}\n`],
  ['a byte order mark goes before it', '\uFEFF- name: one'],
])('%s', (_, text) => {
  expect(readQuests(text).drafts).toHaveLength(1);
});

test.each([
  ['2026-01-01T00:00:00Z', new Date('2026-01-01T00:00:00Z')],
  ['2026-01-01T02:00:00+02:00', new Date('2026-01-01T00:00:00Z')],
  ['2026-01-01T00:00:00', '2026-01-01T00:00:00'],
  ['2026-02-30T00:00:00Z', '2026-02-30T00:00:00Z'],
])('the instant %s is read as %s', (text, value) => {
  expect(readQuests(`- startsAt: ${text}`).drafts).toEqual([{ startsAt: value }]);
});
