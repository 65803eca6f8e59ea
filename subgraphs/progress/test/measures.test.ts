import fc from 'fast-check';
import type { ObjectiveTerms } from '../../../shared/questTerms.rules.ts';
import { contributionOf, identityOf, measureOf } from '../counting/measures.rules.ts';
import { empty, greatest, merge, one, since, valueAtMost } from '../counting/values.rules.ts';
import { happened, openGame } from './game.ts';
import { objective, questOf, questTerms } from './terms.ts';

const start = Date.parse('2026-06-01T00:00:00Z');
const hour = 3_600_000;
const contributions = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 9 })), {
  maxLength: 30,
});
const starts = fc.uniqueArray(fc.integer({ min: -55, max: 55 }), { maxLength: 4 });
const fold = (all: readonly (readonly [number, number])[], at: readonly number[]) =>
  all.reduce((value, [when, amount]) => merge(value, one(when, amount), at), empty);

describe('the value of COUNT and SUM', () => {
  test('is the same in any order, and knows what happened since each start', () => {
    const cases = contributions.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }), starts),
    );
    const property = fc.property(cases, ([all, shuffled, at]) => {
      const value = fold(shuffled, at);
      expect(value).toEqual(fold(all, at));
      for (const begin of at)
        expect(since(value, begin)).toBe(
          all.filter(([when]) => when >= begin).reduce((sum, [, amount]) => sum + amount, 0),
        );
    });
    fc.assert(property, { numRuns: 500 });
  });
  test('is the same in any grouping, and nothing merged with it changes it', () => {
    const property = fc.property(contributions, contributions, contributions, starts, (a, b, c, at) => {
      const [x, y, z] = [fold(a, at), fold(b, at), fold(c, at)];
      expect(merge(merge(x, y, at), z, at)).toEqual(merge(x, merge(y, z, at), at));
      expect(merge(x, y, at)).toEqual(fold([...a, ...b], at));
      expect(merge(x, empty, at)).toEqual(x);
    });
    fc.assert(property, { numRuns: 500 });
  });
  test('keeps nothing about starts that all events are on one side of', () =>
    expect(
      fold(
        [
          [5, 1],
          [7, 2],
        ],
        [1, 5, 8],
      ).starts,
    ).toBeNull());
  test('does not count for a start that is published later what came until then', () => {
    const value = fold(
      [
        [1, 1],
        [9, 1],
      ],
      [],
    );
    expect(since(value, 5)).toBe(0);
    const later = merge(value, one(7, 1), [5]);
    expect([since(later, 5), since(merge(later, one(3, 1), [5]), 5)]).toEqual([1, 1]);
  });
  test('stays at 2^53 - 1', () =>
    expect(merge(one(1, valueAtMost), one(2, 5), []).value).toBe(Number.MAX_SAFE_INTEGER));
});

test('the value of MAX is the same in any order and any grouping, however often an event is told', () => {
  const property = fc.property(contributions, contributions, (a, b) => {
    const all = (list: typeof a) => list.reduce((value, [when, amount]) => greatest(value, one(when, amount)), empty);
    expect(greatest(all(a), all(b))).toEqual(all([...b, ...a, ...a]));
  });
  fc.assert(property);
});

const kinds: [string, Partial<ObjectiveTerms>][] = [
  ['COUNT', { measure: 'COUNT', target: 4 }],
  ['COUNT of some', { measure: 'COUNT', target: 2, where: [{ path: 'mode', op: 'EQ', value: 'ranked' }] }],
  ['SUM', { measure: 'SUM', of: 'score', target: 15 }],
  ['MAX', { measure: 'MAX', of: 'score', target: 8 }],
  ['DISTINCT', { measure: 'DISTINCT', of: 'boss', target: 3 }],
  ['PERIODS', { measure: 'PERIODS', period: 'DAY', target: 3 }],
  ['PERIODS with two events each', { measure: 'PERIODS', period: 'DAY', perPeriod: 2, target: 2 }],
  ['PERIODS in a row', { measure: 'PERIODS', period: 'DAY', target: 2, consecutive: true, graceHours: 3, freezes: 1 }],
];
const plays = fc
  .array(
    fc.record({
      hours: fc.integer({ min: -30, max: 200 }),
      score: fc.integer({ min: 1, max: 9 }),
      ranked: fc.boolean(),
    }),
    { maxLength: 25 },
  )
  .chain((all) =>
    fc.record({
      all: fc.constant(all),
      order: fc.shuffledSubarray(all, { minLength: all.length }),
      size: fc.integer({ min: 1, max: 9 }),
    }),
  );

describe.each([
  ['once and for all', {}],
  ['anew each week', { every: 'WEEK', timeZone: 'Pacific/Kiritimati' }],
  ['anew each day, until an end', { every: 'DAY', endsAt: '2026-06-06T00:00:00.000Z' }],
] as const)('quests that count %s', (_, changes) => {
  test.each(kinds)('%s: any order and any batches of the same events end in the same', (_, kind) => {
    const duplication = kind.measure === 'MAX' ? 1 : 3;
    const quest = questOf([objective('one', 'Won', kind)], {
      startsAt: '2026-06-01T00:00:00.000Z',
      duplication,
      ...changes,
    });
    const property = fc.property(plays, ({ all, order, size }) => {
      const events = new Map(
        all.map((play) => {
          const data = { score: play.score, boss: play.score % 5, mode: play.ranked ? 'ranked' : 'casual' };
          return [play, happened('Won', start + play.hours * hour, data)];
        }),
      );
      const [one, other] = [openGame(), openGame()];
      for (const game of [one, other]) game.publish(quest);
      one.play(...all.map((play) => events.get(play)!));
      for (let n = 0; n < order.length; n += size)
        other.play(...order.slice(n, n + size).map((play) => events.get(play)!));
      expect(other.kept()).toEqual(one.kept());
    });
    fc.assert(property, { numRuns: 60 });
  });
});

describe('what an event adds', () => {
  const sum = { aggregation: 'SUM', of: 'n' } as const;
  test.each([
    ['"12"', '12', 'NOT_A_NUMBER'],
    ['1.5', 1.5, 'NOT_WHOLE'],
    ['-3', -3, 'NOT_POSITIVE'],
    ['0', 0, 'NOT_POSITIVE'],
    ['1e400', Infinity, 'NOT_A_NUMBER'],
    ['1e300', 1e300, 'TOO_LARGE'],
    ['null', null, 'NOT_A_NUMBER'],
    ['a list', [1], 'NOT_A_NUMBER'],
    ['nothing', undefined, 'NOT_A_NUMBER'],
  ])('SUM leaves out %s', (_, n, leftOut) => expect(contributionOf(sum, { n })).toEqual({ leftOut }));
  test('SUM takes whole numbers up to 2^53 - 1', () =>
    expect(contributionOf(sum, { n: Number.MAX_SAFE_INTEGER })).toEqual({ amount: Number.MAX_SAFE_INTEGER }));
  test('DISTINCT tells a number from its text, and takes no list', () => {
    const distinct = { aggregation: 'DISTINCT', of: 'n' } as const;
    expect([contributionOf(distinct, { n: 1 }), contributionOf(distinct, { n: '1' })]).toEqual([
      { text: '1' },
      { text: '"1"' },
    ]);
    expect(contributionOf(distinct, { n: [1] })).toEqual({ leftOut: 'NOT_A_VALUE' });
  });
});

describe('the identity of a measure', () => {
  const of = (kind: Partial<ObjectiveTerms>, changes = {}) =>
    identityOf(measureOf({ ...questTerms(), ...changes }, objective('any', ['B', 'A'], kind)));
  const conditions = [
    { path: 'a', op: 'EQ', value: 1 },
    { path: 'b', op: 'IN', value: [1, 2] },
  ] as const;
  const later = { startsAt: '2026-02-01T00:00:00.000Z' };
  test('is the same whatever the order in which it is said, the name, the target and, of what can be subtracted, the start', () => {
    expect(of({ where: conditions })).toBe(of({ where: [...conditions].reverse(), target: 9, name: 'other' }));
    expect(of({ measure: 'SUM', of: 'x' })).toBe(of({ measure: 'SUM', of: 'x' }, later));
    expect(of({}, { timeZone: 'UTC' })).toBe(of({}));
  });
  test.each<[string, string, string]>([
    ['what is added', of({ measure: 'SUM', of: 'x' }), of({ measure: 'SUM', of: 'y' })],
    ['a condition', of({ where: conditions }), of({ where: conditions.slice(1) })],
    ['the start of the greatest', of({ measure: 'MAX', of: 'x' }), of({ measure: 'MAX', of: 'x' }, later)],
    ['an end', of({}), of({}, { endsAt: '2027-01-01T00:00:00.000Z' })],
    ['beginning anew', of({}), of({}, { every: 'WEEK' })],
    ['whose weeks', of({}, { every: 'WEEK' }), of({}, { every: 'WEEK', timeZone: 'UTC' })],
    [
      'the hours of grace',
      of({ measure: 'PERIODS', period: 'DAY' }),
      of({ measure: 'PERIODS', period: 'DAY', graceHours: 1 }),
    ],
  ])('tells apart %s', (_, one, other) => expect(one).not.toBe(other));
  test('counts the first sign-in as one', () =>
    expect(measureOf(questTerms(), questTerms().objectives[0]!).events).toEqual(['NewUserSignIn', 'UserSignIn']));
});
