import {
  type Candidate,
  type Location,
  type LocationRefusal,
  refusalOf,
  refusalsOf,
} from '../locations/location.rules.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const good: Location = { deviceEventId: 'a-1', lat: 52.5, lon: 13.4, accuracyM: 5, capturedAt: now - 1000 };

test.each<[string, Partial<Location>, LocationRefusal | undefined]>([
  ['a good one', {}, undefined],
  ['the ends of the Earth', { lat: -90, lon: 180, accuracyM: 100 }, undefined],
  ['nothing at all', { lat: 0, lon: -0, accuracyM: 0 }, undefined],
  ['a clock that is a little ahead', { capturedAt: now + 5000 }, undefined],
  ['exactly a day ago', { capturedAt: now - 86_400_000 }, undefined],
  ['no id', { deviceEventId: '' }, 'BAD_ID'],
  ['an id of 65', { deviceEventId: 'x'.repeat(65) }, 'BAD_ID'],
  ['an id with a NUL', { deviceEventId: 'a\0' }, 'BAD_ID'],
  ['an id of two lines', { deviceEventId: 'a\n' }, 'BAD_ID'],
  ['a latitude of 91 at a longitude that is no latitude', { lat: 91, lon: 100 }, 'OUT_OF_RANGE'],
  ['a latitude and a longitude of 181', { lat: 181, lon: 0 }, 'OUT_OF_RANGE'],
  ['a latitude that is none', { lat: NaN }, 'OUT_OF_RANGE'],
  ['a longitude that is none', { lon: NaN }, 'OUT_OF_RANGE'],
  ['a longitude without end', { lon: Infinity }, 'OUT_OF_RANGE'],
  ['swapped', { lat: 139.7, lon: 35.7 }, 'SWAPPED'],
  ['an accuracy of 101 metres', { accuracyM: 101 }, 'INACCURATE'],
  ['an accuracy below nothing', { accuracyM: -1 }, 'INACCURATE'],
  ['an accuracy that is none', { accuracyM: NaN }, 'INACCURATE'],
  ['tomorrow', { capturedAt: now + 86_400_000 }, 'IN_THE_FUTURE'],
  ['a time that is none', { capturedAt: NaN }, 'IN_THE_FUTURE'],
  ['more than a day ago', { capturedAt: now - 86_400_001 }, 'TOO_OLD'],
])('%s', (_, change, refusal) => expect(refusalOf({ ...good, ...change }, now)).toBe(refusal));

describe('of one person’s batch', () => {
  const degree = 111_195; // metres along a meridian
  const candidate = (seconds: number, meters: number, change: Partial<Candidate> = {}): Candidate => ({
    location: { ...good, deviceEventId: `at-${seconds}-${meters}`, lat: meters / degree, capturedAt: seconds * 1000 },
    isKnown: false,
    before: null,
    after: null,
    ...change,
  });
  const stored = (seconds: number, meters: number) => ({
    before: { lat: meters / degree, lon: good.lon, capturedAt: seconds * 1000 },
  });

  test('whoever is faster than 100 metres a second from the fix before is not taken', () => {
    const far = [candidate(0, 0), candidate(10, 990), candidate(20, 2000), candidate(30, 2100)];
    expect(refusalsOf(far)).toEqual([undefined, undefined, 'TOO_FAST', undefined]);
  });
  test('the order in which they were sent does not matter', () => {
    const late = [candidate(30, 2100), candidate(20, 2000), candidate(10, 990), candidate(0, 0)];
    expect(refusalsOf(late)).toEqual([undefined, 'TOO_FAST', undefined, undefined]);
  });
  test('the fix before may be one that is stored', () => {
    expect(refusalsOf([candidate(10, 2000, stored(0, 0))])).toEqual(['TOO_FAST']);
    expect(refusalsOf([candidate(5, 100), candidate(10, 2000, stored(9, 1990))])).toEqual([undefined, undefined]);
  });
  test('a late one must go with the fix after it too', () => {
    const after = { after: stored(10, 1500).before };
    expect(refusalsOf([candidate(0, 0, after), candidate(1, 700, after)])).toEqual(['TOO_FAST', undefined]);
  });
  test('fixes are half a second apart, in whatever order they come', () => {
    const after = { after: stored(10, 0).before };
    expect(refusalsOf([candidate(9.6, 0, after), candidate(9.5, 0, after), candidate(9.4, 0)])).toEqual([
      'TOO_SOON',
      'TOO_SOON',
      undefined,
    ]);
  });
  test('nobody is at two places at the same time', () => {
    const twice = [candidate(0, 0), candidate(0, 10)];
    expect(refusalsOf(twice)).toEqual([undefined, 'TOO_FAST']);
  });
  test('what was taken before is not taken again, be it of before or of the same batch', () => {
    const twice = [candidate(0, 0), candidate(0, 0), candidate(1, 0, { isKnown: true })];
    expect(refusalsOf(twice)).toEqual([undefined, 'DUPLICATE', 'DUPLICATE']);
  });
  test('what was refused does not take the place of what is good', () => {
    const [one, fast, again] = [candidate(0, 0), candidate(1, 5000), candidate(60, 5000)];
    const sameId = { ...again, location: { ...again.location, deviceEventId: fast.location.deviceEventId } };
    expect(refusalsOf([one, fast, sameId])).toEqual([undefined, 'TOO_FAST', undefined]);
  });
});
