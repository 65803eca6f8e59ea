import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../shared/testing/harness.ts';
import { readConfiguration } from '../../configuration/configuration.ts';
import { closeShops, forAll, invalidate, on, one, open, secret } from './shops.ts';

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

test('while the secret is changed, both are good', async () => {
  const next = 'another secret of operators that is long enough';
  const shop = await open(on.replace(secret, `'${secret}, ${next}'`));
  for (const shown of [secret, next])
    expect((await invalidate(shop, { subgraph: 'stock' }, `Bearer ${shown}`)).status).toBe(200);
  expect((await invalidate(shop, { subgraph: 'stock' }, `Bearer ${secret}, ${next}`)).status).toBe(401);
});

test('none of several secrets is short', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, on.replace(secret, `'${secret},short'`));
  expect(() => readConfiguration({ file }, {})).toThrow('less than 32 characters');
  rmSync(folder, { recursive: true });
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
