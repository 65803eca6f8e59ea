import type { Quest } from '../definition.rules.ts';
import { writeQuests } from '../exportYaml.ts';
import { readQuests } from '../importYaml.ts';

const quest: Quest = {
  id: '00000000-0000-4000-8000-000000000000',
  name: '2026-summer',
  title: 'Sun: 100 % "fun" # and more',
  description: 'Two\nlines',
  trigger: 'UserSignIn',
  streak: 3,
  duplication: 1,
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
  hidden: false,
  archivedAt: null,
  version: 7,
  createdAt: new Date('2026-01-01T00:00:00Z'),
};

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

test('what is written reads as the same definition, without ids, versions and names that follow from the item', () => {
  const { drafts } = readQuests(writeQuests([quest]));
  const { id: _, version: __, createdAt: ___, archivedAt: ____, ...definition } = quest;
  const rewards = [
    { item: 'DIAMOND', quantity: 10 },
    { item: 'GOLD', quantity: 5, name: 'Pocket money' },
  ];
  expect(drafts).toEqual([{ ...definition, rewards }]);
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
    { line: 5, message: 'rewards[0].item must be capital.' },
  ]);
});

test.each([
  ['an unknown key of a quest', '- name: one\n  colour: red', 2],
  ['an unknown key of a reward', '- name: one\n  rewards:\n    - item: GOLD\n      price: 5', 4],
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
  ['lists in lists', '- '.repeat(100_000)],
  ['more than 256 KiB', `- name: ${'a'.repeat(256 * 1024)}`],
])('%s are refused before they grow', (_, text) => {
  expect(faultsOf(text)).toHaveProperty('length');
  expect(faultsOf(text)).not.toEqual([]);
});

test.each([
  ['2026-01-01T00:00:00Z', new Date('2026-01-01T00:00:00Z')],
  ['2026-01-01T02:00:00+02:00', new Date('2026-01-01T00:00:00Z')],
  ['2026-01-01T00:00:00', '2026-01-01T00:00:00'],
  ['2026-02-30T00:00:00Z', '2026-02-30T00:00:00Z'],
])('the instant %s is read as %s', (text, value) => {
  expect(readQuests(`- startsAt: ${text}`).drafts).toEqual([{ startsAt: value }]);
});
