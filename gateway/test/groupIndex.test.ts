import { GroupIndex } from '../subscriptions/groups/groupIndex.ts';

interface Item {
  cursor: string | undefined;
  isLive: boolean;
}
const open = (...items: Item[]) => {
  const index = new GroupIndex<Item>();
  for (const item of items) index.add(item);
  return index;
};
const at = (cursor: string | undefined, isLive = false): Item => ({ cursor, isLive });

test('who resumes finds only the group at its cursor, who begins any that is live', () => {
  const [one, two, live] = [at('1'), at('2'), at(undefined, true)];
  const index = open(one, two, live);
  expect([index.find('1'), index.find('2'), index.find('3'), index.find(undefined)]).toEqual([
    one,
    two,
    undefined,
    live,
  ]);
  expect([...index]).toHaveLength(3);
});

test('a group is found where it stands now, and no longer where it stood', () => {
  const group = at('1');
  const index = open(group);
  group.cursor = '2';
  expect(index.update(group)).toBeUndefined();
  expect([index.find('1'), index.find('2')]).toEqual([undefined, group]);
});

test('a group that comes to where another stands is told of it, until one of them is gone', () => {
  const [one, two] = [at('1'), at('2')];
  const index = open(one, two);
  one.cursor = '2';
  expect(index.update(one)).toBe(two);
  index.delete(two);
  expect(index.find('2')).toBeUndefined();
  expect(index.update(one)).toBeUndefined();
  expect(index.find('2')).toBe(one);
});

test('a group that is gone is found by nobody, also when it moves once more', () => {
  const group = at('1', true);
  const index = open(group);
  index.delete(group);
  group.cursor = '2';
  index.update(group);
  expect([index.find('1'), index.find('2'), index.find(undefined), index.size]).toEqual([
    undefined,
    undefined,
    undefined,
    0,
  ]);
});
