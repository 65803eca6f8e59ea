import { LruCache } from '../lruCache.ts';

const made = (cache: LruCache<string>, ...keys: string[]) => {
  const anew: string[] = [];
  for (const key of keys) cache.get(key, () => (anew.push(key), key));
  return anew;
};

test('what was used lately is kept, the rest is made again', () => {
  expect(made(new LruCache(2), 'a', 'b', 'a', 'c', 'a', 'b')).toEqual(['a', 'b', 'c', 'b']);
});

test('long keys leave space for fewer', () => {
  const cache = new LruCache<string>(100, 10);
  expect(made(cache, 'aaaa', 'bbbb', 'cccc', 'bbbb', 'aaaa')).toEqual(['aaaa', 'bbbb', 'cccc', 'aaaa']);
});

test('one that is longer than all may be is still answered', () => {
  const cache = new LruCache<string>(100, 3);
  expect(made(cache, 'a', 'bbbbb', 'bbbbb', 'a')).toEqual(['a', 'bbbbb', 'a']);
});

test('what could not be made is tried again', () => {
  const cache = new LruCache<string>(2);
  expect(() =>
    cache.get('a', () => {
      throw new Error('not now');
    }),
  ).toThrow('not now');
  expect(cache.get('a', () => 'made')).toBe('made');
});

test('to find what is kept is to use it, and what is not kept is not made', () => {
  const cache = new LruCache<string>(2);
  made(cache, 'a', 'b');
  expect([cache.find('a'), cache.find('c')]).toEqual(['a', undefined]);
  expect(made(cache, 'c', 'a')).toEqual(['c']);
  expect(cache.find('b')).toBeUndefined();
});
