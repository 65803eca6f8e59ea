import fc from 'fast-check';
import { cellToLatLng, getPentagons } from 'h3-js';
import { cellOf, rangesAround, resolutionFor } from '../encounters/cells.ts';
import { type Sighting, eachClosePair, encountersOf, meetingsOf, minuteOf } from '../encounters/closeness.rules.ts';
import { metersBetween } from '../encounters/distance.rules.ts';

const pentagon = cellToLatLng(getPentagons(12)[3]!);
/** Where the index is at its worst: at a pentagon of H3, a pole and the antimeridian, and somewhere ordinary. */
const places: Record<string, { lat: number; lon: number }> = {
  Berlin: { lat: 52.5, lon: 13.4 },
  'a pentagon': { lat: pentagon[0], lon: pentagon[1] },
  'the North Pole': { lat: 90, lon: 0 },
  'the South Pole': { lat: -89.9999, lon: 120 },
  'the antimeridian': { lat: -17, lon: 180 },
};

/** Metres north and east of a place, as a point. */
function moved({ lat, lon }: { lat: number; lon: number }, north: number, east: number) {
  const degree = 111_195;
  const there = lat + north / degree;
  const over = Math.abs(there) > 90;
  const farther = lon + east / (degree * Math.max(1e-7, Math.cos((there * Math.PI) / 180))) + (over ? 180 : 0);
  return {
    lat: over ? Math.sign(there) * 180 - there : there,
    lon: ((((farther + 180) % 360) + 360) % 360) - 180,
  };
}

const crowdAt = (place: string, metersAcross: number, seconds: number) =>
  fc
    .array(
      fc.record({
        userId: fc.constantFrom('a', 'b', 'c', 'd'),
        at: fc.integer({ min: 0, max: seconds * 1000 }),
        north: fc.double({ min: -metersAcross, max: metersAcross, noNaN: true }),
        east: fc.double({ min: -metersAcross, max: metersAcross, noNaN: true }),
      }),
      { minLength: 2, maxLength: 40 },
    )
    .map((all) =>
      all.map(({ userId, at, north, east }): Sighting => ({
        userId,
        at,
        ...moved(places[place]!, north / 1000, east / 1000),
      })),
    );

const keyOf = (pairs: readonly (readonly [Sighting, Sighting])[]) => pairs.map((pair) => JSON.stringify(pair)).sort();

function closePairs(these: Sighting[], those: Sighting[], closeness: { meters: number; ms: number }) {
  const pairs: [Sighting, Sighting][] = [];
  eachClosePair(these, those, closeness, (one, other) => pairs.push([one, other]));
  return pairs;
}

function bruteForce(all: readonly Sighting[], meters: number, ms: number): [Sighting, Sighting][] {
  return all.flatMap((one) =>
    all.flatMap((other): [Sighting, Sighting][] =>
      one.userId !== other.userId && Math.abs(one.at - other.at) <= ms && metersBetween(one, other) <= meters
        ? [[one, other]]
        : [],
    ),
  );
}

describe.each(Object.keys(places))('at %s', (place) => {
  test.each([
    [1, 1],
    [5, 60],
    [20, 60],
    [100, 300],
  ])(
    '%d metres and %d seconds: the index and the exact distance find what comparing everybody finds',
    (meters, seconds) => {
      fc.assert(
        fc.property(crowdAt(place, meters * 2, seconds * 3), (all) => {
          const closeness = { meters, ms: seconds * 1000 };
          // What the database finds: whoever lies in a range.
          const ranges = Map.groupBy(rangesAround([all[0]!], closeness), ({ minute }) => minute);
          const near = all.filter((one) => {
            const cell = BigInt(cellOf(one));
            return (ranges.get(minuteOf(one.at)) ?? []).some(({ low, high }) => low <= cell && cell <= high);
          });
          const own = [all[0]!];
          const expected = bruteForce(all, meters, closeness.ms).filter(([one]) => one === all[0]);
          expect(keyOf(closePairs(own, near, closeness))).toEqual(keyOf(expected));
          expect(keyOf(closePairs(all, all, closeness))).toEqual(keyOf(bruteForce(all, meters, closeness.ms)));
        }),
        { numRuns: 60 },
      );
    },
  );
});

describe.each(Object.keys(places))('just within the distance, at %s', (place) => {
  test.each([1, 5, 6, 14, 20, 50, 100])('%d metres: everybody is in a range of the index', (meters) => {
    const around = fc.record({
      north: fc.integer({ min: -1_000_000, max: 1_000_000 }),
      east: fc.integer({ min: -1_000_000, max: 1_000_000 }),
      bearing: fc.integer({ min: 0, max: 3600 }),
    });
    fc.assert(
      fc.property(around, ({ north, east, bearing }) => {
        const one = moved(places[place]!, north / 1000, east / 1000);
        const angle = (bearing / 1800) * Math.PI;
        const other = moved(one, meters * 0.995 * Math.cos(angle), meters * 0.995 * Math.sin(angle));
        fc.pre(metersBetween(one, other) <= meters);
        const cell = BigInt(cellOf(other));
        const ranges = rangesAround([{ userId: 'a', at: 0, ...one }], { meters, ms: 0 });
        expect(ranges.some(({ low, high }) => low <= cell && cell <= high)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

test('the resolution follows the distance', () => {
  expect([1, 5, 6, 20, 100].map(resolutionFor)).toEqual([12, 12, 11, 9, 8]);
});

test('distances are those of the great circle', () => {
  const [berlin, paris] = [places['Berlin']!, { lat: 48.8566, lon: 2.3522 }];
  expect(metersBetween(berlin, paris) / 1000).toBeCloseTo(876.5, 0);
  expect(metersBetween(berlin, berlin)).toBe(0);
  expect(metersBetween({ lat: 0, lon: 179.99999 }, { lat: 0, lon: -179.99999 })).toBeCloseTo(2.224, 2);
  expect(metersBetween({ lat: 0, lon: 0 }, { lat: 0, lon: 180 })).toBeCloseTo(Math.PI * 6_371_008.8, 3);
});

describe('what people make of it', () => {
  const seen = (userId: string, at: number): Sighting => ({ userId, at, lat: 1, lon: 2 });
  const closeness = { meters: 5, ms: 5000 };

  test('of each other there is one encounter, the last one first, by the minutes', () => {
    const mine = [10_000, 70_000, 200_000].map((at) => seen('me', at));
    const others = [seen('b', 12_000), seen('b', 71_000), seen('b', 72_000), seen('c', 66_000), seen('c', 201_000)];
    expect(encountersOf(mine, others, closeness)).toEqual([
      { otherId: 'c', firstAt: 70_000, lastAt: 200_000, minutes: 2, begunAt: { lat: 1, lon: 2 } },
      { otherId: 'b', firstAt: 10_000, lastAt: 70_000, minutes: 2, begunAt: { lat: 1, lon: 2 } },
    ]);
  });

  test('two people meet once a day, at the first instant, whoever asks', () => {
    const all = [seen('b', 3000), seen('a', 1000), seen('a', 7000), seen('b', 101_000), seen('a', 100_000)];
    const dayOf = (at: number) => Math.floor(at / 100_000);
    expect(meetingsOf(all, all, closeness, dayOf)).toEqual([
      { low: 'a', high: 'b', at: 1000, day: 0 },
      { low: 'a', high: 'b', at: 100_000, day: 1 },
    ]);
  });
});
