import { benchOf } from './comparison.ts';

/** The stock executor refuses supergraphs with contexts, so these expectations stand on their own. */
describe('an argument that comes from an object around the entity', () => {
  const bench = benchOf({
    shops: `
      type Query { shops: [Shop!] mall: Mall }
      type Mall { shop: Shop }
      type Shop @key(fields: "id") @context(name: "shop") { id: ID! currency: String @external floor: Floor items: [Item] }
      type Floor { number: Int }
      type Item @key(fields: "id") { id: ID! price(in: String @fromContext(field: "$shop { currency }")): String name: String }`,
    money: `type Query { rate: Int } type Shop @key(fields: "id") { id: ID! currency: String } type Item @key(fields: "id") { id: ID! weight: Int }`,
  });
  const weather = { seed: 3, nulls: 0, failures: 0, lostEntities: 0, away: [] };
  interface Shops {
    shops: { currency: string; items: { name: string; price: string }[] }[];
  }

  test('is sent with each entity, one request for each value', async () => {
    const { data, errors, requests } = await bench.ours(
      '{ shops { currency items { name price weight } } }',
      {},
      weather,
    );
    expect(errors).toBeUndefined();
    const { shops } = data as unknown as Shops;
    const currencies = new Set(shops.filter(({ items }) => items.length > 0).map(({ currency }) => currency));
    const sent = requests
      .map(({ body }) => JSON.parse(body) as { variables: Record<string, unknown> })
      .flatMap(({ variables }) => Object.entries(variables).filter(([name]) => name.startsWith('contextualArgument')));
    expect(new Set(sent.map(([, value]) => value))).toEqual(currencies);
    expect(currencies.size).toBeGreaterThan(0);
    expect(sent).toHaveLength(currencies.size);
  });

  test('is not mistaken for what the client calls by its name', async () => {
    const plain = await bench.ours('{ shops { items { price } } }', {}, weather);
    const renamed = await bench.ours('{ shops { currency: id items { price } } }', {}, weather);
    const prices = ({ data }: typeof plain) => (data as unknown as Shops).shops.map(({ items }) => items);
    expect(prices(renamed)).toEqual(prices(plain));
  });
});
