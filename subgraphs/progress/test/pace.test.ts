import { firstRange, nextRange } from '../backfill/pace.rules.ts';

/** How many players a range takes, and how long, after so many ranges on a machine on which each of them takes so long. */
function settled(msEach: number, msBeside: number): { players: number; tookMs: number } {
  let players = firstRange;
  for (let n = 0; n < 50; n++) players = nextRange(players, msBeside + players * msEach);
  return { players, tookMs: msBeside + players * msEach };
}

test('ranges are as large as those who wait for their players allow', () => {
  for (const msEach of [0.2, 0.5, 1, 5]) expect(settled(msEach, 20).tookMs).toBeLessThanOrEqual(130);
  expect(settled(0.5, 20).players).toBeGreaterThan(150);
});

test('a range never holds more than a thousand players, nor fewer than ten', () => {
  expect(settled(0.001, 0).players).toBe(1000);
  expect(settled(200, 0).players).toBe(10);
});

test('one slow range makes the next one small at once, and one fast range does not make it large', () => {
  expect(nextRange(200, 1200)).toBe(20);
  expect(nextRange(20, 1)).toBe(30);
});
