import { dayInWords, nextChangeDay } from '../presence/zones.rules.ts';

const at = (text: string) => Date.parse(text);
const changes = ['2026-06-01T23:00:00Z', '2026-06-02T01:00:00Z', '2026-06-10T12:00:00Z', '2026-06-10T13:00:00Z'].map(
  at,
);
const from = (now: string, zone = 'UTC', atMost = 4) => {
  const day = nextChangeDay(changes, atMost, zone, at(now));
  return day === null ? 'now' : dayInWords(day);
};

test.each([
  ['fewer than four in thirty days', '2026-06-11T00:00:00Z', 'UTC', 5, 'now'],
  ['four: thirty days after the first of them', '2026-06-11T00:00:00Z', 'UTC', 4, '2026-07-01'],
  ['on the day before', '2026-06-30T23:59:59Z', 'UTC', 4, '2026-07-01'],
  ['on that day', '2026-07-01T00:00:00Z', 'UTC', 4, 'now'],
  [
    'the day is one of the zone: it was the second of June there',
    '2026-06-11T00:00:00Z',
    'Asia/Tokyo',
    4,
    '2026-07-02',
  ],
  ['one alone is allowed: after the last of them', '2026-06-11T00:00:00Z', 'UTC', 1, '2026-07-10'],
  ['long after', '2027-01-01T00:00:00Z', 'UTC', 1, 'now'],
])('%s', (_, now, zone, atMost, expected) => {
  expect(from(now, zone, atMost)).toBe(expected);
});

test('the order in which changes are known is of no importance', () => {
  const now = at('2026-06-11T00:00:00Z');
  expect(nextChangeDay(changes.toReversed(), 4, 'UTC', now)).toBe(nextChangeDay(changes, 4, 'UTC', now));
  expect(nextChangeDay([], 4, 'UTC', now)).toBeNull();
});
