import { until } from '../../../shared/testing/harness.ts';
import type { CacheStore, NewEntry } from '../../cache/cacheStore.ts';

let count = 0;
export const fresh = () => `key ${count++}`;
export const entry = (key: string, changes: Partial<NewEntry> = {}): NewEntry => ({
  ...{ key, text: `{"of":"${key}"}`, expiresAt: Date.now() + 60_000, isShared: true, tags: [`tag of ${key}`] },
  ...changes,
});

/** A connection that is not open yet fails at once. */
export const isOpen = (store: CacheStore): Promise<boolean> =>
  store.find([fresh()]).then(
    () => true,
    () => false,
  );

/** What every store does. */
export function storeSuite(make: () => CacheStore): void {
  const stores: CacheStore[] = [];
  afterEach(() => stores.splice(0).forEach((store) => store.stop()));
  const open = async () => {
    const store = make();
    stores.push(store);
    await until(() => isOpen(store), 'it is open');
    return store;
  };

  test('are found again, each as it was kept, and what is not there is not', async () => {
    const store = await open();
    const [one, two, none] = [fresh(), fresh(), fresh()];
    const { asOf } = await store.find([one]);
    const second = entry(two, { isShared: false, text: '{"line":"a\\nb 💎"}' });
    await store.keep([entry(one), second], asOf);
    const { entries } = await store.find([two, none, one]);
    expect(entries[0]).toMatchObject({ text: second.text, isShared: false, expiresAt: second.expiresAt });
    expect(entries[1]).toBeUndefined();
    expect(entries[2]).toMatchObject({ text: `{"of":"${one}"}`, isShared: true });
  });

  test('are over when their time is', async () => {
    const store = await open();
    const key = fresh();
    const { asOf } = await store.find([key]);
    await store.keep([entry(key, { expiresAt: Date.now() - 1 })], asOf);
    expect((await store.find([key])).entries).toEqual([undefined]);
  });

  test('go by any of their tags, also those that come later but were asked for before', async () => {
    const store = await open();
    const [one, two, other] = [fresh(), fresh(), fresh()];
    const tag = fresh();
    const { asOf } = await store.find([one]);
    await store.keep([entry(one, { tags: [tag, 'more'] }), entry(two, { tags: ['most', tag] }), entry(other)], asOf);
    expect(await store.invalidate([tag])).toBe(2);
    expect((await store.find([one, two])).entries).toEqual([undefined, undefined]);
    expect((await store.find([other])).entries).toMatchObject([{ isShared: true }]);
    await store.keep([entry(one, { tags: [tag] })], asOf);
    expect((await store.find([one])).entries).toEqual([undefined]);
    await new Promise((resolve) => setTimeout(resolve, 2));
    const again = await store.find([one]);
    await store.keep([entry(one, { tags: [tag] })], again.asOf);
    expect((await store.find([one])).entries).toMatchObject([{ isShared: true }]);
  });
}
