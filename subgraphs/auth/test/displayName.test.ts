import { displayNameOf, displayNameProblem, normalDisplayName } from '../users/displayName.rules.ts';

const problemOf = (text: string) => displayNameProblem(normalDisplayName(text));
const family = '👨‍👩‍👧‍👦';

test.each([
  'A',
  'Ada Lovelace',
  'Жанна д’Арк',
  '山田太郎',
  'محمد',
  'שלום 2',
  'நிலா',
  '김철수',
  `${family} Smith`,
  '🏴󠁧󠁢󠁥󠁮󠁧󠁿 fan',
  'x'.repeat(40),
  'e\u0301'.repeat(40),
  family.repeat(35),
  '  padded  ',
])('%j is a display name', (text) => {
  expect(problemOf(text)).toBeUndefined();
});

test.each([
  ['', /seen/],
  ['   ', /seen/],
  ['\u200b\u200d\u2060', /seen/],
  ['\u3164', /seen/],
  ['\u2800', /seen/],
  ['two\nlines', /one line/],
  ['two\u2028lines', /one line/],
  ['nul\0', /one line/],
  ['bell\u0007', /one line/],
  ['half \ud83c', /one line/],
  ['\u202egnp.exe', /direction/],
  ['a\u2066b', /direction/],
  ['x'.repeat(41), /1 to 40/],
  [family.repeat(41), /1 to 40/],
  ['x'.repeat(1_000_000), /1 to 40/],
  [`Z${'\u0301'.repeat(60)}`, /accents/],
])('%.30j is none', (text, problem) => {
  expect(problemOf(text)).toMatch(problem);
});

test('a name is stored composed and without the blanks around it', () => {
  expect(normalDisplayName('  Jose\u0301\u3000')).toBe('José');
});

test.each([
  [{ name: 'Ada', displayName: null }, 'Ada'],
  [{ name: 'Ada', displayName: 'Ada 🎯' }, 'Ada 🎯'],
  [{ name: 'guest-k3xy2abc', displayName: null }, 'Guest K3XY'],
  [{ name: 'player-abcd2345', displayName: null }, 'Player ABCD'],
  [{ name: 'guest-k3xy2abc', displayName: 'Me' }, 'Me'],
  [{ name: '(unknown)', displayName: null }, '(unknown)'],
])('%j is shown as %s', (user, shown) => {
  expect(displayNameOf(user)).toBe(shown);
});
