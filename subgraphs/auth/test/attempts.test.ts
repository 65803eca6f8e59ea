import { freeAttempts, networkOf, waitSecondsAfter } from '../signIn/attempts.rules.ts';

test('a few wrong passwords cost nothing, each further one twice the wait of the one before, up to a quarter of an hour', () => {
  const waits = Array.from({ length: 20 }, (_, n) => waitSecondsAfter(n + 1));
  expect(waits.slice(0, freeAttempts + 4)).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16]);
  expect(waits.slice(-4)).toEqual([900, 900, 900, 900]);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
