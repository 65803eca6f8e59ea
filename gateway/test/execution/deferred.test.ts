import fc from 'fast-check';
import { type ExecutionResult, getOperationAST, parse } from 'graphql';
import type { Delivery } from '../../execution/execution.ts';
import { essence, isValid } from './comparison.ts';
import { deferringBench, essenceAtNulls, withDefers } from './deferring.ts';
import { alwaysAliased } from './differences.ts';
import { operations } from './operations.ts';
import { commonSupergraphs } from './supergraphs/common.ts';
import { unusualSupergraphs } from './supergraphs/shapes.ts';
import { calm } from './weathers.ts';
import { fairWeather } from './world.ts';

for (const [name, subgraphs] of Object.entries({ ...commonSupergraphs, ...unusualSupergraphs }))
  test(`over a supergraph with ${name}, all parts together are the whole answer`, async () => {
    const bench = deferringBench(subgraphs);
    const names = Object.keys(subgraphs);
    const random = operations(bench.apiSchema, alwaysAliased[name] ?? new Set());
    const property = fc.asyncProperty(
      random,
      fc.oneof(...Object.values(calm)),
      fc.nat(),
      async (asked, weather, seed) => {
        const text = withDefers(asked.text, seed);
        fc.pre(getOperationAST(parse(text))!.operation === 'query' && isValid(bench.apiSchema, text));
        const { whole, merged, isBroken } = await bench.ask(text, asked.variables, weather(names));
        if (isBroken) return;
        expect({ text, ...essenceAtNulls(merged) }).toEqual({ text, ...essenceAtNulls(whole) });
      },
    );
    await fc.assert(property, { numRuns: 25, maxSkipsPerRun: 10_000 });
  });

const shop = {
  shop: `type Query { items: [Item!]! plain: Plain any: [Any!] } type Plain { a: Int b: Int }
    type Item @key(fields: "id") { id: ID! name: String price: Int }
    type Other { code: Int item: Item } union Any = Item | Other`,
  stock: 'type Item @key(fields: "id") { id: ID! left: Int place: Place } type Place @key(fields: "id") { id: ID! }',
  maps: 'type Place @key(fields: "id") { id: ID! title: String size: Int! }',
};

describe('an answer in parts', () => {
  const bench = deferringBench(shop);
  const ask = (text: string, weather = fairWeather, variables = {}) => bench.ask(text, variables, weather);

  test('begins without what is deferred, and what is inside of that comes after it', async () => {
    const text = `{ items { name ... @defer(label: "outer") { left place { ... @defer(label: "inner") { title } } } } }`;
    const { first, deliveries, merged, whole } = await ask(text);
    expect(Object.keys((first.data as { items: object[] }).items[0]!)).toEqual(['name']);
    expect(deliveries.map(({ parts }) => new Set(parts.map(({ label }) => label)))).toEqual([
      new Set(['outer']),
      new Set(['inner']),
    ]);
    expect(deliveries.map(({ hasNext }) => hasNext)).toEqual([true, false]);
    expect(merged.data).toEqual(whole.data);
  });

  test('is whole where @defer is off', async () => {
    const text = 'query ($on: Boolean!) { items { name ... @defer(if: $on) { left } } }';
    expect((await ask(text, fairWeather, { on: false })).deliveries).toEqual([]);
    expect((await ask(text, fairWeather, { on: true })).deliveries).toHaveLength(1);
    expect((await ask('{ items { name ... @defer(if: false) { left } } }')).deliveries).toEqual([]);
  });

  test('has the parts of objects of the type that was asked of, and no others', async () => {
    const { first, deliveries } = await ask('{ any { __typename ... on Other @defer { code } } }');
    const types = (first.data as { any: { __typename: string }[] }).any.map(({ __typename: type }) => type);
    const places = types.flatMap((type, i) => (type === 'Other' ? [['any', i]] : []));
    expect(deliveries.flatMap(({ parts }) => parts.map(({ path }) => path))).toEqual(places);
  });

  test('tells errors with the part that they are in', async () => {
    const away = { ...fairWeather, away: ['stock'] };
    const { first, deliveries } = await ask('{ items { name ... @defer { left } } plain { ... @defer { b } } }', away);
    expect(first.errors).toBeUndefined();
    const ofItems = deliveries.find(({ parts }) => parts[0]!.path[0] === 'items')!;
    expect(ofItems.parts[0]!.errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }]);
    expect(JSON.parse(ofItems.parts[0]!.data)).toEqual({ left: null });
  });

  test('a forbidden null takes away its part, and what would follow it', async () => {
    const away = { ...fairWeather, away: ['maps'] };
    const text = '{ items { name place { id ... @defer { size ... @defer { title } } } } }';
    const { first, deliveries } = await ask(text, away);
    expect(first.errors).toBeUndefined();
    expect(deliveries).toHaveLength(1);
    for (const { data } of deliveries[0]!.parts) expect(data).toBe('null');
  });
});

describe('an answer whose parts depend on several subgraphs', () => {
  const bench = deferringBench({
    boxes: 'type Query { boxes: [Box!]! } type Box @key(fields: "id") { id: ID! label: String }',
    ship: `type Box @key(fields: "id") { id: ID! item: Item! size: Int }
      type Item @key(fields: "id") { id: ID! weight: Float @external cost: Float @requires(fields: "weight") }`,
    stock: 'type Item @key(fields: "id") { id: ID! weight: Float left: Int }',
  });
  const dataOf = (result: ExecutionResult) => essence(result).data;
  const labelsOf = (deliveries: readonly Delivery[]) => deliveries.map(({ parts }) => parts[0]!.label);

  test('begins without a deferred field that requires another subgraph', async () => {
    const text = '{ boxes { label ... @defer { item { cost } } } }';
    const { first, deliveries, merged, whole } = await bench.ask(text, {}, fairWeather);
    for (const box of (first.data as { boxes: object[] }).boxes) expect(Object.keys(box)).toEqual(['label']);
    expect(deliveries).toHaveLength(1);
    expect(dataOf(merged)).toEqual(dataOf(whole));
  });

  test('leaves to each fragment what it alone needs', async () => {
    const text = `{ boxes { label ... @defer(label: "outer") { item { id cost ... @defer(label: "inner") { left } } }
      ... @defer(label: "beside") { size } } }`;
    const { first, deliveries, merged, whole } = await bench.ask(text, {}, fairWeather);
    for (const box of (first.data as { boxes: object[] }).boxes) expect(Object.keys(box)).toEqual(['label']);
    expect(labelsOf(deliveries).sort()).toEqual(['beside', 'inner', 'outer']);
    expect(labelsOf(deliveries).indexOf('outer')).toBeLessThan(labelsOf(deliveries).indexOf('inner'));
    expect(dataOf(merged)).toEqual(dataOf(whole));
  });

  test('tells the error of what is required with the part that needs it', async () => {
    const away = { ...fairWeather, away: ['stock'] };
    const { first, deliveries } = await bench.ask('{ boxes { label ... @defer { item { cost } } } }', {}, away);
    expect(first.errors).toBeUndefined();
    expect(deliveries[0]!.parts[0]!.errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }]);
  });

  test('begins with the types that tell whether a deferred fragment is asked at all', async () => {
    const media = deferringBench(commonSupergraphs['interface objects']!);
    const text = '{ reviewed { ... on Book @defer { reviews { about { ... on Book { score id } id } id } } } }';
    const { deliveries, merged, whole } = await media.ask(text, {}, { ...fairWeather, seed: 38 });
    expect(deliveries.length).toBeGreaterThan(0);
    expect(dataOf(merged)).toEqual(dataOf(whole));
  });
});

describe('a null that takes away what is around it', () => {
  const bench = deferringBench({
    halls: `type Query { hall: Hall halls: [Hall] all: [Hall!] grid: [[Hall!]] named: Named must: Hall! }
      interface Named { id: ID! }
      type Hall implements Named @key(fields: "id") { id: ID! name: String stage: Stage door: Door! }
      type Stage @key(fields: "id") { id: ID! name: String weight: Float }
      type Door @key(fields: "id") { id: ID! name: String }`,
    maps: `type Hall @key(fields: "id") { id: ID! size: Int! }
      type Stage @key(fields: "id") { id: ID! size: Int! }
      type Door @key(fields: "id") { id: ID! size: Int! }`,
    ship: 'type Stage @key(fields: "id") { id: ID! weight: Float @external cost: Float @requires(fields: "weight") }',
  });
  const ask = (text: string, seed = 1) => bench.ask(text, {}, { ...fairWeather, seed, away: ['maps'] });
  const partsOf = (deliveries: readonly Delivery[]) =>
    Object.fromEntries(deliveries.flatMap(({ parts }) => parts.map(({ label, data }) => [label, JSON.parse(data)])));

  test.each([
    ['an object', '{ hall { size } ... @defer { hall { id } } }'],
    ['an element of a list', '{ halls { size } ... @defer { halls { id } } }'],
    ['a list', '{ all { size } ... @defer { all { id } } }'],
    ['a list in a list', '{ grid { size } ... @defer { grid { id } } }'],
    ['an object of an interface', '{ named { ... on Hall { size } } ... @defer { named { id } } }'],
    ['an object of which only a fragment is asked', '{ hall { size } ... @defer { hall { ... @defer { id } } } }'],
    ['an object inside of another', '{ hall { stage { size } } ... @defer { hall { name stage { name } } } }'],
    [
      'an object under an alias',
      '{ one: hall { size } two: hall { id } ... @defer { one: hall { id } two: hall { name } } }',
    ],
    ['an object of a part', '{ hall { id ... @defer { stage { size } } } ... @defer { hall { stage { cost } } } }'],
  ])('%s stays null in the parts that follow', async (_, text) => {
    for (let seed = 1; seed <= 8; seed++) {
      const { merged, whole, isBroken } = await ask(text, seed);
      expect(isBroken).toBe(false);
      expect({ seed, data: essence(merged).data }).toEqual({ seed, data: essence(whole).data });
    }
  });

  test('of a part leaves the other parts what they have', async () => {
    const text = `{ hall { id ... @defer(label: "null") { door { size } } ... @defer(label: "beside") { door { id } } }
      ... @defer(label: "around") { hall { id ... @defer(label: "inside") { door { name } } } } }`;
    const { deliveries } = await ask(text);
    const id = expect.any(String) as unknown;
    expect(partsOf(deliveries)).toEqual({
      null: null,
      beside: { door: { id } },
      around: { hall: { id } },
      inside: { door: { name: id } },
    });
  });

  test('ends the parts inside of it that are still awaited', async () => {
    const text = `{ ... @defer(label: "null") { hall { stage { size } } }
      hall { stage { id ... @defer(label: "late") { cost ... @defer { name } } } } }`;
    const { deliveries, merged, whole } = await ask(text);
    expect(partsOf(deliveries)).toEqual({ null: { hall: { stage: null } } });
    expect(deliveries.flatMap(({ dropped }) => dropped.map(({ label }) => label))).toEqual(['late']);
    expect(deliveries.map(({ hasNext }) => hasNext)).toEqual([true, false]);
    expect(essence(merged).data).toEqual(essence(whole).data);
  });
});
