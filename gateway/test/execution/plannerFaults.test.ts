import { type Bench, benchOf } from './comparison.ts';

/** The representations that a subgraph was sent. */
const sentTo = (service: string, { requests }: Awaited<ReturnType<Bench['ours']>>): unknown[] =>
  requests
    .filter((request) => request.service === service)
    .flatMap(({ body }) =>
      Object.values((JSON.parse(body) as { variables: Record<string, unknown[]> }).variables).flat(),
    );

describe('fields that are required with arguments', () => {
  const bench = benchOf({
    products: `
      type Query { product: Product }
      type Product @key(fields: "id") { id: ID! price(in: String): String maker: Maker weight: Int }
      type Maker { name(in: String): String }`,
    shop: `
      type Product @key(fields: "id") {
        id: ID! price(in: String): String @external weight: Int @external maker: Maker @external
        inEurope: String @requires(fields: "price(in: \\"EUR\\") weight")
        inAmerica: String @requires(fields: "price(in: \\"USD\\") maker { name(in: \\"en\\") }")
        anywhere: String @requires(fields: "price")
      }
      type Maker { name(in: String): String @external }`,
  });
  const alone = async (field: string) =>
    (await bench.ours(`{ product { ${field} } }`)).data as { product: Record<string, unknown> };

  test('each of two fields gets the value with its own arguments', async () => {
    const together = await bench.ours('{ product { inEurope inAmerica anywhere } }');
    expect(together.data).toEqual({
      product: {
        ...(await alone('inEurope')).product,
        ...(await alone('inAmerica')).product,
        ...(await alone('anywhere')).product,
      },
    });
    const [prices] = [sentTo('shop', together).map((representation) => (representation as { price: string }).price)];
    expect(new Set(prices).size).toBe(3);
  });

  test("the stock executor feeds one field's requirement to the other", async () => {
    const inEurope = await bench.reference('{ product { inEurope } }');
    const together = await bench.reference('{ product { inEurope inAmerica } }');
    expect(together.data!['product']).not.toMatchObject(inEurope.data!['product'] as object);
  });

  test('a client may select the field with arguments of its own', async () => {
    const price = (await bench.ours('{ product { price(in: "CHF") } }')).data as { product: object };
    const together = await bench.ours('{ product { price(in: "CHF") inEurope } }');
    expect(together.data).toEqual({ product: { ...price.product, ...(await alone('inEurope')).product } });
  });

  test("the stock executor requires what the client's arguments select", async () => {
    const alone = await bench.reference('{ product { inEurope } }');
    const together = await bench.reference('{ product { price(in: "CHF") inEurope } }');
    expect(together.data!['product']).not.toMatchObject(alone.data!['product'] as object);
  });

  test('a nested field with arguments is sent under its own name', async () => {
    const answer = await bench.ours('{ product { inAmerica } }');
    expect(sentTo('shop', answer)).toEqual([
      expect.objectContaining({ maker: { name: expect.any(String) }, price: expect.any(String) }),
    ]);
  });
});

describe('an alias that has the name of a key', () => {
  const bench = benchOf({
    users: `type Query { user: User } type User @key(fields: "id") { id: ID! name: String }`,
    posts: `type User @key(fields: "id") { id: ID! posts: Int }`,
  });

  test('is answered with the field that it stands for', async () => {
    const { data } = await bench.ours('{ user { id: name posts } }');
    expect(data).toEqual({ user: { id: expect.stringMatching(/^name/), posts: expect.any(Number) } });
  });

  test('is answered with the key by the stock executor', async () => {
    const { data } = await bench.reference('{ user { id: name posts } }');
    expect(data).toEqual({ user: { id: expect.stringMatching(/^n\d/), posts: expect.any(Number) } });
  });

  test('is the place of its errors', async () => {
    const { errors } = await bench.ours(
      '{ user { id: name posts } }',
      {},
      { seed: 1, nulls: 0, failures: 100, lostEntities: 0, away: [] },
    );
    expect(errors?.map(({ path }) => path)).toEqual([['user']]);
  });

  test('may be the name of something that every object has', async () => {
    const { data } = await bench.ours('{ user { constructor: name __proto__: posts toString: __typename } }');
    expect(JSON.stringify(data)).toMatch(/^\{"user":\{"constructor":"name .*","__proto__":\d+,"toString":"User"\}\}$/);
  });
});

describe('a subgraph that is entered again for what it requires', () => {
  const bench = benchOf({
    weights: `type Query { item: Item } type Item @key(fields: "id") @key(fields: "code") { id: ID! code: ID! weight: Int }`,
    shipping: `
      type Query { parcel: Item }
      type Item @key(fields: "id", resolvable: false) @key(fields: "code") { id: ID! code: ID! weight: Int @external cost: Int @requires(fields: "weight") }`,
  });

  test('is sent a key that it resolves', async () => {
    const answer = await bench.ours('{ parcel { cost } }');
    expect(sentTo('shipping', answer)).toEqual([
      { __typename: 'Item', code: expect.any(String), weight: expect.any(Number) },
    ]);
    expect(answer.data).toEqual({ parcel: { cost: expect.any(Number) } });
  });

  test('is sent a key marked unresolvable by the stock planner', async () => {
    const answer = await bench.reference('{ parcel { cost } }');
    expect(sentTo('shipping', answer)).toEqual([
      { __typename: 'Item', id: expect.any(String), weight: expect.any(Number) },
    ]);
  });
});

describe('a field that no subgraph can resolve', () => {
  const bench = benchOf({
    a: `type Query { item: Item other: Int } interface Item { id: ID! }`,
    b: `interface Item { id: ID! size: Int } type Box implements Item @key(fields: "id") { id: ID! size: Int }`,
  });

  test('cannot be planned', async () => {
    await expect(bench.ours('{ item { size } }')).rejects.toThrow('no subgraph can resolve the field item at "item"');
    await expect(bench.ours('{ other item { id size } }')).rejects.toThrow(
      'no subgraph can resolve the field size at "item.size"',
    );
  });

  test('is null without an error to the stock executor', async () => {
    const { data, errors } = await bench.reference('{ item { size } }');
    expect([data, errors]).toEqual([{ item: null }, undefined]);
  });
});

describe('the name of an interface that a subgraph knows as an object', () => {
  const bench = benchOf({
    media: `
      type Query { book: Book }
      interface Media @key(fields: "id") { id: ID! }
      type Book implements Media @key(fields: "id") { id: ID! }`,
    scores: `type Media @key(fields: "id") @interfaceObject { id: ID! score: Int }`,
  });

  test('does not replace the type that is known already', async () => {
    const { data } = await bench.ours('{ book { __typename score } }');
    expect(data).toEqual({ book: { __typename: 'Book', score: expect.any(Number) } });
  });

  test('replaces it in the stock executor, which then has no object to answer', async () => {
    const { data } = await bench.stock('{ book { __typename score } }');
    expect(data).toEqual({ book: null });
  });
});

describe('counter-examples of the search', () => {
  const bench = benchOf({
    media: `
      type Query { book: Book things: [Media!] strict: Strict! }
      interface Media { id: ID! }
      type Book implements Media @key(fields: "id") { id: ID! }
      type Film implements Media @key(fields: "id") { id: ID! }
      type Strict { maybe: Int sure: Int! }`,
    scores: `type Book @key(fields: "id") { id: ID! score: Int }`,
  });

  test('a field of which nothing is ever asked needs no subgraph', async () => {
    const { errors } = await bench.ours(
      'query ($yes: Boolean!) { things @include(if: $yes) { id @include(if: false) } }',
      { yes: true },
    );
    expect(errors).toBeUndefined();
  });

  test('an object keeps its type inside a fragment on its interface', async () => {
    const { data } = await bench.ours('{ book { ... on Media { ... on Book { id } } } }');
    expect(data).toEqual({ book: { id: expect.any(String) } });
  });

  test('an error stands at its entity also where others of the list were not asked for', async () => {
    const weather = { seed: 2, nulls: 0, failures: 0, lostEntities: 0, away: [] };
    const { data } = await bench.ours('{ things { __typename ... on Book { score } } }', {}, weather);
    const films = (data!['things'] as { __typename: string }[]).findIndex(({ __typename }) => __typename === 'Film');
    const books = (data!['things'] as { __typename: string }[]).findIndex(({ __typename }) => __typename === 'Book');
    expect(films).toBeLessThan(books);
    const { errors } = await bench.ours(
      '{ things { __typename ... on Book { score } } }',
      {},
      { ...weather, lostEntities: 100 },
    );
    expect(errors?.map(({ path }) => path)).toEqual([['things', books]]);
  });

  test('a forbidden null is not reported again where its subgraph is away', async () => {
    const { data, errors } = await bench.ours(
      '{ strict { sure } book { score } }',
      {},
      { seed: 1, nulls: 0, failures: 0, lostEntities: 0, away: ['media'] },
    );
    expect([data, errors?.length]).toEqual([null, 1]);
  });
});
