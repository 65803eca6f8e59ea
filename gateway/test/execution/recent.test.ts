import { Recent } from '../../execution/recent.ts';

const made = (recent: Recent<string>, ...keys: string[]) => {
  const anew: string[] = [];
  for (const key of keys) recent.get(key, () => (anew.push(key), key));
  return anew;
};

test('what was used lately is kept, the rest is made again', () => {
  expect(made(new Recent(2), 'a', 'b', 'a', 'c', 'a', 'b')).toEqual(['a', 'b', 'c', 'b']);
});

test('long keys leave room for fewer', () => {
  const recent = new Recent<string>(100, 10);
  expect(made(recent, 'aaaa', 'bbbb', 'cccc', 'bbbb', 'aaaa')).toEqual(['aaaa', 'bbbb', 'cccc', 'aaaa']);
});

test('one that is longer than all may be is still answered', () => {
  const recent = new Recent<string>(100, 3);
  expect(made(recent, 'a', 'bbbbb', 'bbbbb', 'a')).toEqual(['a', 'bbbbb', 'a']);
});

test('what could not be made is tried again', () => {
  const recent = new Recent<string>(2);
  expect(() =>
    recent.get('a', () => {
      throw new Error('not now');
    }),
  ).toThrow('not now');
  expect(recent.get('a', () => 'made')).toBe('made');
});
