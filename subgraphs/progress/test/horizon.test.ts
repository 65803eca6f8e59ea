import { Horizon } from '../events/horizon.ts';

let horizon: Horizon;
beforeEach(() => (horizon = new Horizon(10)));

test('it moves as far as nothing is missing', () => {
  horizon.see([11, 12, 14], 0);
  expect([horizon.settled, horizon.seen]).toEqual([12, [14]]);
});

test('a place that shows late moves it over all that was seen above', () => {
  horizon.see([12, 13], 0);
  horizon.see([11], 1000);
  expect([horizon.settled, horizon.seen]).toEqual([13, []]);
});

test('a place that never shows is not waited for longer than five seconds', () => {
  horizon.see([12], 0);
  horizon.see([14], 1000);
  horizon.see([], 4999);
  expect(horizon.settled).toBe(10);
  horizon.see([], 5000);
  expect([horizon.settled, horizon.seen]).toEqual([12, [14]]);
});
