import { cut, graphemesOf, isStorable, isVisible, storable, turnsDirection } from '../text.rules.ts';

const family = '👨‍👩‍👧‍👦';
const zalgo = `a${'\u0301'.repeat(300)}`;

test.each([
  ['', true],
  ['plain', true],
  ['🎯', true],
  ['nul\0', false],
  ['half \ud83c', false],
  ['\udfaf half', false],
])('%j can be stored: %s', (text, is) => {
  expect(isStorable(text)).toBe(is);
  expect(isStorable(storable(text))).toBe(true);
  if (is) expect(storable(text)).toBe(text);
});

test.each([
  ['a', true],
  ['Ж', true],
  ['名', true],
  ['🎯', true],
  ['0', true],
  ['-', true],
  ['', false],
  ['  \u00a0\u3000', false],
  ['\u200b\u200c\u200d\u2060\ufeff', false],
  ['\u3164\u115f', false],
  ['\u2800', false],
  ['\u00ad\u034f', false],
  ['\u202e\u2066', false],
  ['\u0301', false],
  ['\ufe0f', false],
  ['\udb40\udc61', false],
  ['\t\n', false],
])('%j can be seen: %s', (text, is) => {
  expect(isVisible(text)).toBe(is);
});

test.each([
  ['\u202e', true],
  ['a\u2066b\u2069', true],
  ['\u200fعربي', false],
  ['עברית', false],
])('%j turns the direction: %s', (text, turns) => {
  expect(turnsDirection(text)).toBe(turns);
});

test.each([
  ['', 0],
  ['abc', 3],
  ['e\u0301', 1],
  [family, 1],
  ['🇩🇪🇫🇷', 2],
  ['நி', 1],
  ['각', 1],
])('%j has %i characters', (text, count) => {
  expect(graphemesOf(text)).toHaveLength(count);
  expect(graphemesOf(text).join('')).toBe(text);
});

test.each([
  ['short enough', 12, 'short enough'],
  ['one too many', 11, 'one too ma…'],
  [`${'x'.repeat(198)}🎯🎯🎯`, 200, `${'x'.repeat(198)}…`],
  [`${'x'.repeat(195)}🎯🎯🎯`, 200, `${'x'.repeat(195)}🎯🎯…`],
  [`${'x'.repeat(190)}${family}`, 200, `${'x'.repeat(190)}…`],
  [`ab${'e\u0301'.repeat(10)}`, 6, 'abe\u0301…'],
])('%j in %i units is %j', (text, units, expected) => {
  expect(cut(text, units)).toBe(expected);
});

test.each([zalgo, '🎯'.repeat(200), family.repeat(50), '\ud83c'.repeat(300), 'x'.repeat(5_000_000)])(
  'whatever is cut fits, and is not cut in the middle of a pair',
  (text) => {
    for (let units = 2; units < 40; units++) {
      const short = cut(storable(text), units);
      expect(short.length).toBeLessThanOrEqual(units);
      expect(isStorable(short)).toBe(true);
    }
  },
);
