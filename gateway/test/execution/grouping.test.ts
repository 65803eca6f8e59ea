import { parse } from 'graphql';
import { createExecution } from '../../execution/compiled.ts';
import type { SendToSubgraph, SubgraphAnswer } from '../../execution/execution.ts';
import { anonymous } from './comparison.ts';
import { compose } from './supergraphs/compose.ts';

const sdl = compose({
  shop: 'type Query { products: [Product] best: Product } type Product @key(fields: "id") { id: ID! }',
  prices: 'type Product @key(fields: "id") { id: ID! price: Int }',
  stock: `type Product @key(fields: "id") { id: ID! price: Int @external inStock: Boolean fee: Int @requires(fields: "price") }`,
});

interface SubscriptionRequest {
  service: string;
  query: string;
  operationName?: string;
  variables: Record<string, Record<string, unknown>[]>;
}
const away: SubgraphAnswer = {
  data: null,
  errors: [{ message: 'away', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }],
};

/** Runs an operation on two products and a best one; `prices` answers as told. */
async function run(text: string, prices: (ids: unknown[]) => SubgraphAnswer) {
  const asked: SubscriptionRequest[] = [];
  const product = (id: string) => ({ __typename: 'Product', id });
  const send: SendToSubgraph = async ({ service, body }) => {
    const { query, operationName, variables } = JSON.parse(body) as SubscriptionRequest;
    asked.push({ service, query, variables, ...(operationName && { operationName }) });
    if (service === 'shop') return { data: { products: [product('1'), product('2')], best: product('1') } };
    if (service === 'prices') return prices(variables['representations']!.map(({ id }) => id));
    const answer = (representations: Record<string, unknown>[]) =>
      representations.map(({ price }) => ({ inStock: true, fee: Number(price) * 2 }));
    const data = Object.entries(variables).map(([name, given]) => [
      name === 'representations' ? '_entities' : name.replace('representations', 'entities'),
      answer(given),
    ]);
    return { data: Object.fromEntries(data) as Record<string, unknown> };
  };
  const result = await createExecution(sdl, send).execute({ document: parse(text), variables: {}, caller: anonymous });
  return { ...result, asked };
}
const priced = (ids: unknown[]): SubgraphAnswer => ({ data: { _entities: ids.map((id) => ({ price: Number(id) })) } });

test('equal fetches of a named operation are one request with one list of representations', async () => {
  const { data, asked } = await run('query Prices { products { price } best { price } }', priced);
  expect(asked.slice(1)).toEqual([
    {
      service: 'prices',
      operationName: 'Prices__prices',
      query:
        'query Prices__prices($representations:[_Any!]!){_entities(representations:$representations){...on Product{price}}}',
      variables: {
        representations: [
          { __typename: 'Product', id: '1' },
          { __typename: 'Product', id: '2' },
        ],
      },
    },
  ]);
  expect(data).toEqual({ products: [{ price: 1 }, { price: 2 }], best: { price: 1 } });
});

test('a fetch that no other waits for joins a later one for the same entities', async () => {
  const { data, asked } = await run('{ products { inStock fee } }', priced);
  expect(asked.map(({ service }) => service)).toEqual(['shop', 'prices', 'stock']);
  expect(data).toEqual({
    products: [
      { inStock: true, fee: 2 },
      { inStock: true, fee: 4 },
    ],
  });
});

test('it joins a later request to its subgraph for other entities, too', async () => {
  const { data, asked } = await run('{ best { inStock } products { fee } }', priced);
  expect(asked.map(({ service }) => service)).toEqual(['shop', 'prices', 'stock']);
  expect(data).toEqual({ best: { inStock: true }, products: [{ fee: 2 }, { fee: 4 }] });
});

test('it is asked alone for entities for which the later one cannot be asked', async () => {
  const one = await run('{ products { inStock fee } }', ([id]) => ({
    data: { _entities: [{ price: Number(id) }, null] },
  }));
  expect(one.asked.map(({ service }) => service)).toEqual(['shop', 'prices', 'stock']);
  expect(one.data).toEqual({
    products: [
      { inStock: true, fee: 2 },
      { inStock: true, fee: null },
    ],
  });
  const none = await run('{ products { inStock fee } }', () => away);
  expect(none.data).toEqual({ products: Array(2).fill({ inStock: true, fee: null }) });
  expect(none.asked.at(-1)!.query).not.toContain('fee');
});
