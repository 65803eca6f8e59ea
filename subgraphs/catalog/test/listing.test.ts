import { cursorOf, pageOf, positionOf as placeOf } from '../../../shared/subgraph/paging.ts';
import type { Quest } from '../definition/definition.rules.ts';
import { type Filter, checkFilter, isVisible, listingOf, position, positionOf } from '../listing.rules.ts';

const id = '0a000000-0000-4000-8000-000000000000';
const at = (text: string) => cursorOf('quests', text);
const cursor = at(`1767225600000000.${id}`);

test.each<[string, Filter | null]>([
  ['nothing', {}],
  ['null', null],
  ['everything', { category: 'season', tags: ['summer'], trigger: 'UserSignIn' }],
])('%s may be asked for', (_, filter) => {
  expect(checkFilter(filter)).toEqual([]);
});

test.each<[string, Filter]>([
  ['filter.category', { category: 'a'.repeat(33) }],
  ['filter.tags', { tags: ['a\0'] }],
  ['filter.trigger', { trigger: '%' }],
])('%s is at fault in %j', (name, filter) => {
  expect(checkFilter(filter).map((fault) => fault.split(' ')[0])).toEqual([name]);
});

test.each([
  '',
  'nonsense',
  `${cursor}=`,
  cursorOf('events', `1767225600000000.${id}`),
  at(id),
  at(`1e3.${id}`),
  at(`12345678901234567.${id}`),
  at(`1.${id}.2`),
  at(`01.${id}`),
])('%j is no cursor of quests', (after) => {
  expect(() => pageOf('quests', { first: 1, after }, position)).toThrow('The cursor does not belong to this list.');
});

test('a cursor brings back the place that it was made of', () => {
  const page = pageOf('quests', { first: 1, after: cursor }, position);
  expect(listingOf(page, null, false).after).toEqual({ createdAt: 1_767_225_600_000_000, id });
  expect(placeOf('quests', at(positionOf(quest({}))), position)).toBe(`0.${id}`);
});

test('players are listed what is neither hidden nor archived, operators all that is not archived, or all', () => {
  const where = (operator: boolean, includeArchived: boolean) =>
    listingOf({ limit: 1, before: null }, { includeArchived }, operator).where;
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
