import { until } from '../../../shared/testing/harness.ts';
import { type Shelf, openCache } from '../cache/cache.ts';
import { localShelf } from '../cache/cacheLocal.ts';

interface Thing {
  id: string;
  version: number;
}

/** A source that can be changed, and that counts how often it is asked. */
function openThings(
  shelf: Shelf,
  things: Thing[] = [
    { id: 'a', version: 1 },
    { id: 'b', version: 1 },
  ],
) {
  const asked: string[][] = [];
  const cache = openCache(shelf);
  let gate: Promise<void> = Promise.resolve();
  const lookup = cache.lookup<Thing>({
    name: 'thing',
    schema: '1',
    isKey: (key) => key.length < 10,
    keyOf: ({ id }) => id,
    versionOf: ({ version }) => version,
    revive: (text) => JSON.parse(text) as Thing,
    async load(keys) {
      asked.push(keys);
      const found = things.filter(({ id }) => keys.includes(id)).map((thing) => ({ ...thing }));
      await gate;
      return found;
    },
  });
  /** What is loaded from now on arrives when the returned function is called. */
  const close = () => {
    let open = () => {};
    gate = new Promise((resolve) => (open = resolve));
    return open;
  };
  return { lookup, cache, asked, things, close };
}

const away: Shelf = {
  take: () => Promise.reject(new Error('away')),
  put: () => Promise.reject(new Error('away')),
  close: async () => {},
};

test('what was found once is not asked for again, and hits and misses are counted', async () => {
  const { lookup, cache, asked } = openThings(localShelf());
  expect(await lookup.find(['a', 'b', 'a'])).toMatchObject([{ id: 'a' }, { id: 'b' }, { id: 'a' }]);
  expect(await lookup.find(['a'])).toMatchObject([{ id: 'a' }]);
  expect(asked).toEqual([['a', 'b']]);
  expect(cache.stats()).toEqual({ hits: 1, misses: 2 });
});

test('only what the shelf lacks is loaded', async () => {
  const { lookup, asked } = openThings(localShelf());
  await lookup.find(['a']);
  expect(await lookup.find(['b', 'a'])).toMatchObject([{ id: 'b' }, { id: 'a' }]);
  expect(asked).toEqual([['a'], ['b']]);
});

test('500 equal misses are one load', async () => {
  const { lookup, asked } = openThings(localShelf());
  await Promise.all(Array.from({ length: 500 }, () => lookup.find(['a'])));
  expect(asked).toHaveLength(1);
});

test('what is not there is null and is asked for again, because it may come', async () => {
  const { lookup, asked, things } = openThings(localShelf());
  expect(await lookup.find(['c'])).toEqual([null]);
  things.push({ id: 'c', version: 1 });
  expect(await lookup.find(['c'])).toEqual([{ id: 'c', version: 1 }]);
  expect(asked).toHaveLength(2);
});

test('a key that nothing can have is answered without asking anyone', async () => {
  const { lookup, asked } = openThings(away);
  expect(await lookup.find(['far too long a key', 'a'])).toMatchObject([null, { id: 'a' }]);
  expect(asked).toEqual([['a']]);
});

test('a change is seen by whoever asks after it', async () => {
  const { lookup, asked } = openThings(localShelf());
  await lookup.find(['a']);
  await lookup.keep([{ id: 'a', version: 2 }]);
  expect(await lookup.find(['a'])).toEqual([{ id: 'a', version: 2 }]);
  expect(asked).toHaveLength(1);
});

test('a load that left before a change does not bring back what was before it', async () => {
  const { lookup, asked, close } = openThings(localShelf());
  const arrive = close();
  const early = lookup.find(['a']);
  await until(() => asked.length === 1, 'the load has left');
  await lookup.keep([{ id: 'a', version: 2 }]);
  const late = lookup.find(['a']);
  arrive();
  expect(await late).toEqual([{ id: 'a', version: 2 }]);
  await early;
  expect(await lookup.find(['a'])).toEqual([{ id: 'a', version: 2 }]);
});

test('a shelf that is away is a miss each time, never an error', async () => {
  const { lookup, cache, asked } = openThings(away);
  await lookup.find(['a']);
  await lookup.keep([{ id: 'a', version: 2 }]);
  expect(await lookup.find(['a'])).toMatchObject([{ id: 'a' }]);
  expect(asked).toHaveLength(2);
  expect(cache.stats()).toEqual({ hits: 0, misses: 2 });
});

test('what cannot be read from the shelf is a miss', async () => {
  const garbled: Shelf = { ...away, take: async (keys) => keys.map(() => '{"id":') };
  const { lookup, cache } = openThings(garbled);
  expect(await lookup.find(['a'])).toEqual([{ id: 'a', version: 1 }]);
  expect(cache.stats()).toEqual({ hits: 0, misses: 1 });
});

test('an error is told to all who wait for it and is not kept', async () => {
  let healthy = false;
  const lookup = openCache(localShelf()).lookup<Thing>({
    name: 'thing',
    schema: '1',
    isKey: () => true,
    keyOf: ({ id }) => id,
    versionOf: ({ version }) => version,
    revive: (text) => JSON.parse(text) as Thing,
    load: async () => (healthy ? [{ id: 'a', version: 1 }] : Promise.reject(new Error('the database is away'))),
  });
  const answers = await Promise.allSettled([lookup.find(['a']), lookup.find(['a', 'b'])]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  healthy = true;
  expect(await lookup.find(['a'])).toEqual([{ id: 'a', version: 1 }]);
});

describe('the shelf in this process', () => {
  const item = (key: string, version = 1) => ({ key, version, text: `${key}${version}` });

  test('forgets when the time is over', async () => {
    let time = 0;
    const shelf = localShelf({ ttlMs: 60_000, clock: () => time });
    await shelf.put([item('a')]);
    time = 59_999;
    expect(await shelf.take(['a', 'b'])).toEqual(['a1', null]);
    time = 60_000;
    expect(await shelf.take(['a'])).toEqual([null]);
  });

  test('keeps the newer version, whichever comes first', async () => {
    const shelf = localShelf();
    await shelf.put([item('a', 2), item('b', 1)]);
    await shelf.put([item('a', 1), item('b', 2)]);
    expect(await shelf.take(['a', 'b'])).toEqual(['a2', 'b2']);
  });

  test('holds no more than its capacity', async () => {
    const shelf = localShelf({ capacity: 2 });
    await shelf.put([item('a'), item('b'), item('c')]);
    expect(await shelf.take(['a', 'b', 'c'])).toEqual([null, 'b1', 'c1']);
  });
});
