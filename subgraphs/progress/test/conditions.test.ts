import fc from 'fast-check';
import type { ConditionTerms } from '../../../shared/questTerms.rules.ts';
import { indexed, meets, unmet, valueAt } from '../counting/conditions.rules.ts';

const match = { mode: 'ranked', score: 900, won: true, boss: null, team: { size: 5, names: ['a', 'b'] } };

describe('the value at a path', () => {
  test.each<[string, unknown]>([
    ['mode', 'ranked'],
    ['team.size', 5],
    ['boss', null],
    ['team', match.team],
    ['missing', undefined],
    ['team.missing', undefined],
    ['mode.length', undefined],
    ['team.names.0', undefined],
    ['team.names.length', undefined],
    ['__proto__', undefined],
    ['constructor.name', undefined],
    ['team.__proto__.size', undefined],
    ['toString', undefined],
    ['', undefined],
  ])('%s', (path, value) => expect(valueAt(match, path)).toBe(value));
  test.each([null, undefined, 'text', 7, [], [{ mode: 'ranked' }]])('is nothing in %j', (data) =>
    expect(valueAt(data, 'mode')).toBeUndefined(),
  );
  test('is an own member of the name __proto__, when the sender has one', () =>
    expect(valueAt(JSON.parse('{"__proto__":{"a":1}}'), '__proto__.a')).toBe(1));
});

describe('a condition', () => {
  test.each<[ConditionTerms['op'], string, ConditionTerms['value'], boolean]>([
    ['EQ', 'mode', 'ranked', true],
    ['EQ', 'mode', 'RANKED', false],
    ['EQ', 'score', '900', false],
    ['EQ', 'boss', null, true],
    ['EQ', 'missing', null, false],
    ['EQ', 'team', 'ranked', false],
    ['NE', 'mode', 'casual', true],
    ['NE', 'mode', 'ranked', false],
    ['NE', 'score', '900', false],
    ['NE', 'missing', 'casual', false],
    ['NE', 'team', 'casual', false],
    ['GT', 'score', 899, true],
    ['GT', 'score', 900, false],
    ['GTE', 'score', 900, true],
    ['GTE', 'score', '1', false],
    ['LT', 'score', 1000, true],
    ['LT', 'missing', 1000, false],
    ['LTE', 'score', 899, false],
    ['LTE', 'won', true, false],
    ['GT', 'mode', 'casual', true],
    ['IN', 'mode', ['casual', 'ranked'], true],
    ['IN', 'mode', [], false],
    ['IN', 'score', ['900'], false],
    ['IN', 'team.names', ['a'], false],
    ['EXISTS', 'boss', true, true],
    ['EXISTS', 'missing', true, false],
    ['EXISTS', 'missing', false, true],
    ['EXISTS', 'boss', false, false],
  ])('%s: %s against %j is %j', (op, path, value, holds) => expect(meets({ path, op, value })(match)).toBe(holds));

  test('that is not met is told with what stands in its place', () => {
    const enough: ConditionTerms = { path: 'score', op: 'GTE', value: 1000 };
    const ranked: ConditionTerms = { path: 'mode', op: 'EQ', value: 'ranked' };
    expect(unmet([ranked, enough], match)).toEqual({ condition: enough, found: 900 });
    expect(unmet([ranked], match)).toBeUndefined();
  });
});

describe('an index', () => {
  const scalar = fc.constantFrom<string | number | boolean | null>('a', 'b', 1, 2, '1', true, null);
  const condition: fc.Arbitrary<ConditionTerms> = fc.oneof(
    fc.record({
      path: fc.constantFrom('x', 'y', 'x.z'),
      op: fc.constantFrom('EQ' as const, 'NE' as const, 'GT' as const, 'LTE' as const),
      value: scalar,
    }),
    fc.record({ path: fc.constantFrom('x', 'y'), op: fc.constant('IN' as const), value: fc.array(scalar) }),
    fc.record({ path: fc.constantFrom('x', 'y'), op: fc.constant('EXISTS' as const), value: fc.boolean() }),
  );
  const data = fc.dictionary(fc.constantFrom('x', 'y'), fc.oneof(scalar, fc.record({ z: scalar })));

  test('finds exactly those whose conditions all hold, in their order', () =>
    fc.assert(
      fc.property(fc.array(fc.array(condition, { maxLength: 3 }), { maxLength: 20 }), data, (all, event) => {
        const entries = all.map((where, n) => ({ where, of: n }));
        const expected = entries.filter(({ where }) => where.every((one) => meets(one)(event))).map(({ of }) => of);
        expect(indexed(entries)(event)).toEqual(expected);
      }),
    ));

  test('asks one entry of a thousand that compare one path for equality', () => {
    let looks = 0;
    const counted = (value: string) => ({
      get map() {
        looks++;
        return value;
      },
    });
    const find = indexed(
      Array.from({ length: 1000 }, (_, n) => ({
        of: n,
        where: [{ path: 'map', op: 'EQ' as const, value: `map-${n}` }],
      })),
    );
    expect(find(counted('map-17'))).toEqual([17]);
    expect(looks).toBe(1);
  });
});
