import { writeFileSync } from 'node:fs';
import { until } from '../../../shared/testing/harness.ts';
import { schemas } from './shop.ts';
import { closeShops, forAll, invalidate, on, one, open } from './shops.ts';

afterEach(closeShops);

const all = '{ products { upc left } }';
const forOne = { 'cache-control': 'max-age=60, private' };
const ada = { authorization: 'ada' };
const bob = { authorization: 'bob' };

test('nothing is kept unless the configuration says so', async () => {
  const shop = await open('');
  shop.says = { shop: forAll, stock: forAll };
  await shop.ask(all);
  await shop.ask(all);
  expect(shop.times('stock')).toBe(2);
  expect((await invalidate(shop, [])).status).toBe(404);
});

test('what is public is asked for once, and of entities only those that are missing', async () => {
  const shop = await open();
  shop.says = { shop: {}, stock: forAll };
  const first = await shop.ask(one('2'), ada);
  expect(first.data).toEqual({ product: { upc: '2', left: 20 } });
  expect(shop.upcs()).toEqual(['2']);
  const { data } = await shop.ask(all, bob);
  expect(data).toEqual({ products: ['1', '2', '3', '4'].map((upc) => ({ upc, left: 10 * Number(upc) })) });
  expect(shop.upcs()).toEqual(['1', '3', '4']);
  expect((await shop.ask(all)).data).toEqual(data);
  expect(shop.upcs()).toEqual([]);
});

test('root fields are kept by what is asked, each of them for its own time', async () => {
  const shop = await open();
  shop.says.shop = forAll;
  await shop.ask('{ products { upc } }');
  await shop.ask('{ products { upc } }');
  expect(shop.times('shop')).toBe(1);
  await shop.ask('{ products { upc name } }');
  expect(shop.times('shop')).toBe(1);
  shop.says.shop = { 'cache-control': 'max-age=1, public' };
  const query = '{ product(upc: "1") { name } }';
  await shop.ask(query);
  await shop.ask(query);
  shop.times('shop');
  await until(async () => {
    await shop.ask(query);
    return shop.times('shop') > 0;
  }, 'its second is over');
});

test('Cache-Control tells what is left of the time, and the least of what an answer is made of', async () => {
  const shop = await open();
  shop.says = { shop: { 'cache-control': 'max-age=600, public' }, stock: { 'cache-control': 'max-age=60, public' } };
  const told = async (query: string) => (await shop.ask(query)).head.get('cache-control');
  expect(await told(one('1'))).toBe('max-age=60, public');
  await until(async () => /^max-age=[1-5]\d, public$/.test((await told(all))!), 'less than the whole time is left');
  shop.says.stock = {};
  await shop.ask(one('1'), { 'cache-control': 'no-cache' });
  shop.says.stock = forOne;
  await invalidate(shop, [{ subgraph: 'stock' }]);
  expect((await shop.ask(all)).head.get('cache-control')).toBe('max-age=60, private');
  await until(async () => /^max-age=[1-5]\d, private$/.test((await told(all))!), 'less than the whole time is left');
});

test('what is private is found by its caller alone, at the root and of entities', async () => {
  const shop = await open();
  shop.says = { shop: forOne, stock: forOne };
  const me = '{ me { name } products { upc left } }';
  for (const caller of [ada, bob, ada, bob])
    expect((await shop.ask(me, caller)).data).toMatchObject({ me: { name: `${caller.authorization} nobody` } });
  expect([shop.asked.length, shop.asked.filter(({ subgraph }) => subgraph === 'stock').length]).toEqual([4, 2]);
  expect((await shop.ask(me)).data).toMatchObject({ me: { name: 'nobody nobody' } });
});

test.each([
  ['max-age alone is for its caller', { 'cache-control': 'max-age=60' }],
  ['public that varies by the token is for its caller', { ...forAll, vary: 'Accept, Authorization' }],
])('%s', async (_, says) => {
  const shop = await open();
  shop.says.shop = says;
  await shop.ask('{ me { name } }');
  await shop.ask('{ me { name } }');
  expect(shop.times('shop')).toBe(1);
  expect((await shop.ask('{ me { name } }', ada)).data).toEqual({ me: { name: 'ada nobody' } });
});

test.each([
  ['nothing is said', {}],
  ['no-store', { 'cache-control': 'no-store, max-age=60, public' }],
  ['no-cache', { 'cache-control': 'public, no-cache, max-age=60' }],
  ['it varies by everything', { ...forAll, vary: '*' }],
  ['it is as old as it may become', { ...forAll, age: '60' }],
  ['max-age is nonsense', { 'cache-control': 'public, max-age=-5' }],
])('nothing is kept where %s', async (_, says) => {
  const shop = await open();
  shop.says = { shop: says, stock: says };
  await shop.ask(all);
  await shop.ask(all);
  expect(shop.asked).toHaveLength(4);
});

test('headers that rules hand on to subgraphs tell entries apart, and answers that hand headers back are not kept', async () => {
  const rules = `headers: { request: [{ propagate: accept-language }], response: [{ propagate: x-price-list }] }\n`;
  const shop = await open(on + rules);
  shop.says = { shop: forAll, stock: forAll };
  const query = '{ product(upc: "2") { postage } }';
  expect((await shop.ask(query, { 'accept-language': 'de' })).data).toEqual({ product: { postage: 200 } });
  expect((await shop.ask(query, { 'accept-language': 'en' })).data).toEqual({ product: { postage: 2 } });
  expect((await shop.ask(query, { 'accept-language': 'de' })).data).toEqual({ product: { postage: 200 } });
  expect(shop.asked).toHaveLength(4);
  shop.says.stock = { ...forAll, 'x-price-list': 'of ada' };
  for (const caller of [ada, bob]) expect((await shop.ask(one('3'), caller)).head.get('x-price-list')).toBe('of ada');
  expect(shop.upcs()).toEqual(['2', '2', '3', '3']);
});

test('an entity that was given other values to compute from is another one', async () => {
  const shop = await open();
  shop.says.stock = forAll;
  const query = '{ product(upc: "2") { postage } }';
  expect((await shop.ask(query)).data).toEqual({ product: { postage: 2 } });
  shop.products.get('2')!.weight = 7;
  expect((await shop.ask(query)).data).toEqual({ product: { postage: 7 } });
  expect(shop.times('stock')).toBe(2);
});

test.each<[string, (upcs: string[]) => unknown]>([
  [
    'an error',
    (upcs) => ({
      data: { _entities: upcs.map((upc) => ({ upc, left: null })) },
      errors: [{ message: 'x', path: ['_entities', 0, 'left'] }],
    }),
  ],
  ['no entity', (upcs) => ({ data: { _entities: upcs.map(() => null) } })],
  ['another entity', (upcs) => ({ data: { _entities: upcs.map(() => ({ upc: '99', left: 99 })) } })],
  ['too few entities', () => ({ data: { _entities: [] } })],
  ['no data', () => ({ data: null, errors: [{ message: 'x' }] })],
])('%s is never kept', async (_, answers) => {
  const shop = await open();
  shop.says.stock = forAll;
  await shop.ask(one('1'));
  shop.stockAnswers = answers;
  // The key is echoed where a client asks for it.
  await shop.ask('{ products { upc left } }');
  shop.stockAnswers = undefined;
  const { data, errors } = await shop.ask(all);
  expect([data, errors]).toEqual([
    { products: ['1', '2', '3', '4'].map((upc) => ({ upc, left: 10 * Number(upc) })) },
    undefined,
  ]);
});

test('errors of entities stand at their own places beside what was kept', async () => {
  const shop = await open();
  shop.says.stock = forAll;
  await shop.ask(one('1'));
  await shop.ask(one('3'));
  shop.stockAnswers = (upcs) => ({
    data: { _entities: upcs.map((upc) => (upc === '4' ? null : { __typename: 'Product', upc, left: 20 })) },
    errors: [{ message: 'x', path: ['_entities', upcs.indexOf('4'), 'left'], extensions: { code: 'NOT_FOUND' } }],
  });
  const { data, errors } = await shop.ask(all);
  expect(data).toEqual({
    products: [10, 20, 30, null].map((left, n) => ({ upc: String(n + 1), left })),
  });
  expect(errors).toMatchObject([{ path: ['products', 3, 'left'], extensions: { code: 'NOT_FOUND' } }]);
});

test('null at the root is asked for again', async () => {
  const shop = await open();
  shop.says.shop = forAll;
  const query = '{ product(upc: "9") { name } }';
  expect((await shop.ask(query)).data).toEqual({ product: null });
  shop.products.set('9', { name: 'new', weight: 1, left: 1 });
  expect((await shop.ask(query)).data).toEqual({ product: { name: 'new' } });
});

test('who changes something reads own things anew, others keep theirs', async () => {
  const shop = await open();
  shop.says.shop = forOne;
  const me = '{ me { name } }';
  await shop.ask(me, ada);
  await shop.ask(me, bob);
  await shop.ask('mutation { rename(name: "x") }', ada);
  shop.times('shop');
  expect((await shop.ask(me, ada)).data).toEqual({ me: { name: 'ada x' } });
  expect((await shop.ask(me, bob)).data).toEqual({ me: { name: 'bob nobody' } });
  expect(shop.times('shop')).toBe(1);
});

test('no-cache reads past what is kept and keeps the new, no-store leaves no trace', async () => {
  const shop = await open();
  shop.says.stock = forAll;
  await shop.ask(one('1'));
  shop.products.get('1')!.left = 11;
  expect((await shop.ask(one('1'))).data).toEqual({ product: { upc: '1', left: 10 } });
  const past = { 'cache-control': 'no-store' };
  expect((await shop.ask(one('1'), past)).data).toEqual({ product: { upc: '1', left: 11 } });
  expect((await shop.ask(one('1'))).data).toEqual({ product: { upc: '1', left: 10 } });
  expect((await shop.ask(one('1'), { 'cache-control': 'no-cache' })).data).toEqual({ product: { upc: '1', left: 11 } });
  expect((await shop.ask(one('1'))).data).toEqual({ product: { upc: '1', left: 11 } });
});

test('callers who miss the same at the same time ask for it once, unless it is private', async () => {
  const shop = await open();
  for (const [says, times] of [
    [forAll, 1],
    [forOne, 3],
  ] as const) {
    await invalidate(shop, [{ subgraph: 'stock' }]);
    shop.upcs();
    shop.says.stock = says;
    const { promise, resolve } = Promise.withResolvers<void>();
    shop.stockWaits = promise;
    const answers = [ada, bob, {}].map((caller) => shop.ask(one('1'), caller));
    await until(() => shop.asked.some(({ subgraph, body }) => subgraph === 'stock' && body), 'stock is asked');
    resolve();
    for (const { data } of await Promise.all(answers)) expect(data).toEqual({ product: { upc: '1', left: 10 } });
    expect(shop.upcs()).toEqual(Array(times).fill('1'));
    shop.stockWaits = undefined;
  }
});

test.each([
  ['is larger than an eighth of what may be kept', '65536', '86400000', 'x'.repeat(5000)],
  ['would be kept for longer than anything may', '65536', '1', 'x'],
])('what %s is asked for again', async (_, bytes, longest, name) => {
  const shop = await open(`cache: { store: memory, bytes: ${bytes}, longest_ms: ${longest} }\n`);
  shop.says.shop = forAll;
  shop.products.get('1')!.name = name;
  await shop.ask('{ product(upc: "1") { name } }');
  await new Promise((resolve) => setTimeout(resolve, 2));
  expect((await shop.ask('{ product(upc: "1") { name } }')).data).toEqual({ product: { name } });
  expect(shop.times('shop')).toBe(2);
});

test('a subgraph can be left out', async () => {
  const shop = await open(`${on}subgraphs: { stock: { cached: false } }\n`);
  shop.says = { shop: forAll, stock: forAll };
  await shop.ask(all);
  await shop.ask(all);
  expect([shop.times('shop'), shop.asked.filter(({ subgraph }) => subgraph === 'stock').length]).toEqual([1, 2]);
});

test('a reload to another schema finds nothing of the one before', async () => {
  const shop = await open();
  shop.says.stock = forAll;
  await shop.ask(one('1'));
  shop.upcs();
  await shop.gateway.reload();
  await shop.ask(one('1'));
  expect(shop.upcs()).toEqual([]);
  writeFileSync(shop.schemaFile('stock'), schemas.stock.replace('left: Int', 'left: Int right: Int'));
  await shop.gateway.reload();
  await shop.ask(one('1'));
  expect(shop.upcs()).toEqual(['1']);
});

test('with a hook that changes requests the gateway does not start', async () => {
  await expect(open(on, { hooks: { onFetch: () => {} } })).rejects.toThrow('onFetch');
});
