import { until } from '../../../shared/testing/harness.ts';
import { closeShops, forAll, invalidate, one, open, secret } from './shops.ts';

afterEach(closeShops);

test.each([
  ['a subgraph', { subgraph: 'stock' }],
  ['a type', { subgraph: 'stock', type: 'Product' }],
  ['a key', { subgraph: 'stock', type: 'Product', key: { upc: '1' } }],
  ['a tag of the subgraph', { tag: 'Winter' }],
])('%s can be invalidated', async (_, what) => {
  const shop = await open();
  shop.says.stock = { ...forAll, 'cache-tag': 'winter, sale' };
  await shop.ask(one('1'));
  shop.products.get('1')!.left = 5;
  expect(await (await invalidate(shop, [{ tag: 'summer' }, { subgraph: 'shop' }])).json()).toEqual({ invalidated: 0 });
  expect((await shop.ask(one('1'))).data).toEqual({ product: { upc: '1', left: 10 } });
  expect(await (await invalidate(shop, what)).json()).toEqual({ invalidated: 1 });
  expect((await shop.ask(one('1'))).data).toEqual({ product: { upc: '1', left: 5 } });
});

test('what was on its way when it was invalidated is not kept', async () => {
  const shop = await open();
  shop.says.stock = forAll;
  const { promise, resolve } = Promise.withResolvers<void>();
  shop.stockWaits = promise;
  const answer = shop.ask(one('1'));
  await until(() => shop.asked.some(({ subgraph }) => subgraph === 'stock'), 'stock is asked');
  await invalidate(shop, { subgraph: 'stock' });
  resolve();
  await answer;
  shop.products.get('1')!.left = 5;
  expect((await shop.ask(one('1'))).data).toEqual({ product: { upc: '1', left: 5 } });
});

test('only who shows the secret invalidates, and nonsense is refused with what would do', async () => {
  const shop = await open();
  expect((await invalidate(shop, { subgraph: 'stock' }, 'Bearer another')).status).toBe(401);
  expect((await invalidate(shop, { subgraph: 'stock' }, '')).status).toBe(401);
  expect((await invalidate(shop, undefined, `Bearer ${secret}`, 'GET')).status).toBe(405);
  for (const body of [{}, [null], { subgraph: 7 }, { subgraph: 'stock', key: { upc: '1' } }, { tag: '' }, 'stock']) {
    const refused = await invalidate(shop, body);
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('BAD_USER_INPUT')]);
  }
});
