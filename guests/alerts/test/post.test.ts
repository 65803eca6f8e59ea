import { type PostDraft, faultsOf } from '../posts/post.rules.ts';

const good: PostDraft = {
  ...{ category: 'roads', tags: ['ice'], title: 'Ice on the bridge', body: 'Go slowly: 5 > 3, & so on.\nTwice.' },
  ...{ severity: 'WARNING', location: { lat: 52.5, lon: 13.4 } },
};
const faults = (change: Partial<PostDraft>, tags: string[] | undefined = ['ice', 'fog', 'a', 'b', 'c', 'd']) =>
  faultsOf({ ...good, ...change }, tags).join(' ');

test('a post of plain text in a known category is taken', () => {
  expect(faults({})).toBe('');
  expect(faults({ tags: [], location: null, title: '🧊'.repeat(120) })).toBe('');
});

test.each<[string, Partial<PostDraft>, RegExp]>([
  ['no title', { title: '' }, /^title/],
  ['a title that shows nothing', { title: ' \u200b\u2800' }, /^title/],
  ['a title of two lines', { title: 'a\nb' }, /^title/],
  ['a title of 121 characters', { title: 'x'.repeat(121) }, /^title/],
  ['a title of one character of a million parts', { title: `a${'\u0301'.repeat(1_000_000)}` }, /^title/],
  ['markup in the title', { title: '<b>Ice</b>' }, /^title/],
  ['a script in the body', { body: 'Look: <script>alert(1)</script>' }, /^body/],
  ['a comment of markup', { body: '<!-- x -->' }, /^body/],
  ['an entity', { body: '&lt;b&gt;' }, /^body/],
  ['text that turns direction', { body: 'abc \u202e cba' }, /^body/],
  ['a NUL', { body: 'a\0b' }, /^body/],
  ['half a character', { body: 'a\ud800' }, /^body/],
  ['a body of 2001 characters', { body: 'x'.repeat(2001) }, /^body/],
  ['a tag that the category has not', { tags: ['snow'] }, /has no tag snow/],
  ['a tag twice', { tags: ['ice', 'ice'] }, /^tags/],
  ['six tags', { tags: ['ice', 'fog', 'a', 'b', 'c', 'd'] }, /^tags/],
  ['a latitude of 91', { location: { lat: 91, lon: 0 } }, /^location/],
  ['a longitude that is none', { location: { lat: 0, lon: NaN } }, /^location/],
])('%s is refused', (_, change, sentence) => expect(faults(change)).toMatch(sentence));

test('a category that there is not is refused', () => {
  expect(faultsOf({ ...good, category: 'none', tags: [] }, undefined).join()).toMatch(/no such category/);
});
