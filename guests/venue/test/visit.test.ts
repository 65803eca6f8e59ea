import { type PlaceDraft, faultsOf, isInside } from '../places/place.rules.ts';
import { extended, minutesOf } from '../visits/visit.rules.ts';

const minutes = (...list: number[]) => list.map((minute) => ({ placeId: 'p', at: minute * 60_000 }));
const visit = (from: number, to: number, placeId = 'p') => ({
  placeId,
  enteredAt: from * 60_000,
  lastAt: to * 60_000,
});

describe('visits', () => {
  test('whoever is seen again within ten minutes has stayed', () => {
    expect(extended([], minutes(0, 9, 19, 30))).toEqual({ changed: [], begun: [visit(0, 19), visit(30, 30)] });
    expect(minutesOf(visit(0, 19))).toBe(19);
  });
  test('what comes late, or twice, extends what is known', () => {
    expect(extended([visit(10, 20)], minutes(2, 25, 12))).toEqual({ changed: [visit(2, 25)], begun: [] });
    expect(extended([visit(10, 20)], minutes(12, 20))).toEqual({ changed: [], begun: [] });
  });
  test('another place is another visit', () => {
    const elsewhere = visit(10, 20, 'q');
    expect(extended([elsewhere], minutes(12))).toEqual({ changed: [], begun: [visit(12, 12)] });
  });
});

describe('places', () => {
  // In the shape of a C, open to the east.
  const corners = [
    [0, 0],
    [0, 3],
    [1, 3],
    [1, 1],
    [2, 1],
    [2, 3],
    [3, 3],
    [3, 0],
  ].map(([lat, lon]) => ({ lat: lat! / 1000, lon: lon! / 1000 }));
  const at = (lat: number, lon: number) => isInside({ lat: lat / 1000, lon: lon / 1000 }, corners);

  test('a point is inside, outside, or in the gap, in whichever order the corners stand', () => {
    expect([at(0.5, 2), at(1.5, 0.5), at(2.5, 2)]).toEqual([true, true, true]);
    expect([at(1.5, 2), at(-1, 1), at(4, 1), at(1.5, -1)]).toEqual([false, false, false, false]);
    expect(isInside({ lat: 0.0005, lon: 0.002 }, corners.toReversed())).toBe(true);
  });

  const good: PlaceDraft = { name: 'Booth', corners };
  test.each<[string, Partial<PlaceDraft>, RegExp]>([
    ['no name', { name: ' ' }, /^name/],
    ['a name of 81', { name: 'x'.repeat(81) }, /^name/],
    ['markup', { name: '<b>' }, /^name/],
    ['two corners', { corners: corners.slice(0, 2) }, /corners takes 3/],
    ['101 corners', { corners: Array(101).fill(corners[0]) }, /corners takes 3/],
    ['no corners', { corners: [] }, /corners takes 3/],
    ['a latitude of 91', { corners: [{ lat: 91, lon: 0 }, ...corners] }, /latitudes/],
    ['a longitude that is none', { corners: [{ lat: 1, lon: NaN }, ...corners] }, /latitudes/],
    ['a city', { corners: [{ lat: 0.2, lon: 0 }, ...corners] }, /kilometres/],
    ['the antimeridian', { corners: [179.999, -179.999, -179.998].map((lon, n) => ({ lat: n / 1000, lon })) }, /anti/],
    ['no area', { corners: [1, 2, 3].map((n) => ({ lat: n / 1000, lon: n / 1000 })) }, /area/],
  ])('%s is refused', (_, change, sentence) => expect(faultsOf({ ...good, ...change }).join(' ')).toMatch(sentence));
  test('what has nothing wrong with it is taken', () => expect(faultsOf(good)).toEqual([]));
});
