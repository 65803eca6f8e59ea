import { changesOf, importInWords, importLine } from '../definition/changes.rules.ts';
import type { Definition, Quest } from '../definition/definition.rules.ts';
import { definitionWith as definition, questWith } from './quests.ts';

const quest = (changes: Partial<Quest> = {}) => questWith({ version: 3, ...changes });

test.each<[string, Partial<Definition>, Partial<Definition>, object]>([
  ['a number', {}, { streak: 3 }, { field: 'streak', before: '2', after: '3' }],
  ['a period', {}, { period: 'DAY' }, { field: 'period', before: 'EVENT', after: 'DAY' }],
  [
    'a fixed zone that goes',
    { period: 'DAY', timeZone: 'Asia/Tokyo' },
    { period: 'DAY' },
    { field: 'timeZone', before: 'Asia/Tokyo', after: null },
  ],
  ['a text that was empty', {}, { description: 'Win!' }, { field: 'description', before: null, after: 'Win!' }],
  ['a flag', {}, { hidden: true }, { field: 'hidden', before: 'false', after: 'true' }],
  ['a category that goes', { category: 'duels' }, {}, { field: 'category', before: 'duels', after: null }],
  ['tags', { tags: ['a'] }, { tags: ['a', 'b'] }, { field: 'tags', before: 'a', after: 'a, b' }],
  [
    'an end that moves',
    { endsAt: new Date('2027-01-01T00:00:00Z') },
    { endsAt: new Date('2028-01-01T00:00:00Z') },
    { field: 'endsAt', before: '2027-01-01T00:00:00.000Z', after: '2028-01-01T00:00:00.000Z' },
  ],
  [
    'rewards',
    {},
    { rewards: [{ name: 'Two', item: 'SWORD', quantity: 2 }] },
    { field: 'rewards', before: '1 SWORD (1 sword)', after: '2 SWORD (Two)' },
  ],
])('%s is told by what it was and what it is', (_, before, after, change) => {
  expect(changesOf(definition(before), definition(after))).toEqual([change]);
});

test('what is the same is not told, and of nothing everything is new that is not so anyway', () => {
  expect(changesOf(definition(), definition())).toEqual([]);
  expect(changesOf(null, definition()).map(({ field, before }) => [field, before])).toEqual(
    ['name', 'title', 'trigger', 'streak', 'rewards', 'startsAt'].map((field) => [field, null]),
  );
});

test('a long text is cut', () => {
  const [change] = changesOf(definition(), definition({ description: 'x'.repeat(2000) }));
  expect(change!.after).toHaveLength(200);
});

test('two long texts that differ at their ends differ', () => {
  const long = 'x'.repeat(300);
  const [before, after] = [definition({ description: `${long}a` }), definition({ description: `${long}b` })];
  expect(changesOf(before, after)).toHaveLength(1);
});

test.each([
  ['is not there is created in version 1', null, definition(), 'CREATED', 1],
  ['is the same stays in its version', quest(), definition(), 'UNCHANGED', 3],
  ['is another gets the next version', quest(), definition({ streak: 9 }), 'CHANGED', 4],
])('an imported quest that %s', (_, before, after, outcome, version) => {
  expect(importLine(before, after)).toMatchObject({ name: 'win-twice', outcome, version });
});

test('a large import names fifty quests and counts the others', () => {
  const changed = Array.from({ length: 53 }, (_, n) => ({ name: `q-${n}`, version: 1 + (n % 2) }));
  const told = importInWords(changed);
  expect(told).toHaveLength(51);
  expect(told.slice(0, 2)).toEqual([
    { field: 'q-0', before: null, after: 'version 1' },
    { field: 'q-1', before: 'version 1', after: 'version 2' },
  ]);
  expect(told.at(-1)).toEqual({ field: 'and more', before: null, after: '3 quests' });
});
