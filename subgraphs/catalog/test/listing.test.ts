import type { Quest } from '../definition.rules.ts';
import {
  type ListingArguments,
  checkListing,
  cursorOf,
  isVisible,
  listingOf,
  pageOf,
  readCursor,
} from '../listing.rules.ts';

const id = '0a000000-0000-4000-8000-000000000000';
const cursor = cursorOf({ createdAt: 1_767_225_600_000_000, id });
const encoded = (text: string) => Buffer.from(text).toString('base64url');

test.each<[string, ListingArguments]>([
  ['1', { first: 1 }],
  ['100', { first: 100 }],
  ['a cursor', { first: 20, after: cursor }],
  ['nulls', { first: 20, after: null, filter: null }],
  ['a filter', { first: 20, filter: { category: 'season', tags: ['summer'], trigger: 'UserSignIn' } }],
])('%s may be asked for', (_, asked) => {
  expect(checkListing(asked)).toEqual([]);
});

test.each<[string, ListingArguments]>([
  ['first', { first: 0 }],
  ['first', { first: 101 }],
  ['first', { first: -1 }],
  ['first', { first: null }],
  ['after', { first: 1, after: '' }],
  ['after', { first: 1, after: 'nonsense' }],
  ['after', { first: 1, after: `${cursor}=` }],
  ['after', { first: 1, after: encoded(id) }],
  ['after', { first: 1, after: encoded(`1e3.${id}`) }],
  ['after', { first: 1, after: encoded(`12345678901234567.${id}`) }],
  ['after', { first: 1, after: encoded(`1.${id}.2`) }],
  ['after', { first: 1, after: encoded(`01.${id}`) }],
  ['filter.category', { first: 1, filter: { category: 'a'.repeat(33) } }],
  ['filter.tags', { first: 1, filter: { tags: ['a\0'] } }],
  ['filter.trigger', { first: 1, filter: { trigger: '%' } }],
])('%s is at fault in %j', (name, asked) => {
  expect(checkListing(asked).map((fault) => fault.split(' ')[0])).toEqual([name]);
});

test('a cursor brings back the place that it was made of', () => {
  expect(readCursor(cursor)).toEqual({ createdAt: 1_767_225_600_000_000, id });
});

test('players are listed what is neither hidden nor archived, operators all that is not archived, or all', () => {
  const where = (operator: boolean, includeArchived: boolean) =>
    listingOf({ first: 1, filter: { includeArchived } }, operator).where;
  expect(where(false, false)).toEqual({ hidden: false, archivedAt: null });
  expect(where(false, true)).toEqual({ hidden: false, archivedAt: null });
  expect(where(true, false)).toEqual({ archivedAt: null });
  expect(where(true, true)).toEqual({});
});

const quest = (more: Partial<Quest>) =>
  ({ id, createdAt: new Date(0), hidden: false, archivedAt: null, ...more }) as Quest;

test.each<[string, Partial<Quest>, boolean]>([
  ['a quest that has begun', {}, true],
  ['a quest that has not begun', { startsAt: new Date('9999-01-01T00:00:00Z') }, true],
  ['a hidden quest', { hidden: true }, false],
  ['an archived quest', { archivedAt: new Date(0) }, false],
])('%s: shown to players %j is as the rule says', (_, more, shown) => {
  expect([isVisible(quest(more), false), isVisible(quest(more), true)]).toEqual([shown, true]);
});

test('one quest too many tells that there is a next page', () => {
  const two = [quest({}), quest({ id: id.replace('0a', '0b') })];
  expect(pageOf(two, 1)).toMatchObject({
    nodes: [two[0]],
    pageInfo: { hasNextPage: true, endCursor: cursorOf({ createdAt: 0, id }) },
  });
  expect(pageOf(two, 2).pageInfo.hasNextPage).toBe(false);
  expect(pageOf([], 2)).toEqual({ edges: [], nodes: [], pageInfo: { hasNextPage: false, endCursor: null } });
});
