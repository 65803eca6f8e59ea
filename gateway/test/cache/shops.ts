import { type Shop, openShop } from './shop.ts';

/** Shops with a cache; who opens some declares `afterEach(closeShops)`. */
export const secret = 'a secret of operators that is long enough';
export const on = `cache: { store: memory, invalidation_secret: ${secret} }\ncache_control: subgraphs\n`;
const shops: Shop[] = [];
export const open = async (yaml = on, changes = {}) => {
  const shop = await openShop(yaml, changes);
  shops.push(shop);
  return shop;
};
export const closeShops = () => Promise.all(shops.splice(0).map((shop) => shop.stop()));

export const one = (upc: string) => `{ product(upc: "${upc}") { upc left } }`;
export const forAll = { 'cache-control': 'max-age=60, public' };

export const invalidate = (shop: Shop, body: unknown, authorization = `Bearer ${secret}`, method = 'POST') =>
  fetch(new URL('/cache/invalidate', shop.url), {
    method,
    headers: { authorization },
    ...(method === 'POST' && { body: JSON.stringify(body) }),
  });
