import { timeOrderedId } from '../ids.ts';

test('an id is a UUID of version 7 that begins with its milliseconds', () => {
  expect(timeOrderedId(0x0192_3456_789a)).toMatch(/^01923456-789a-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
test('a later id sorts after an earlier one, and no two are equal', () => {
  expect(timeOrderedId(1_000_000) < timeOrderedId(1_000_001)).toBe(true);
  expect(new Set(Array.from({ length: 1000 }, () => timeOrderedId(5))).size).toBe(1000);
});
