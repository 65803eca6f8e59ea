import { type Required, checkRequires, dependentsOf, namesOf } from '../definition/requires.rules.ts';

const known = (name: string, requires: string[] = [], isArchived = false): Required => ({
  id: `id of ${name}`,
  name,
  requires,
  isArchived,
});
const all = [known('one'), known('two', ['one']), known('three', ['two']), known('gone', [], true)];

test.each<[string, { name: string; requires: string[] }[], string[][]]>([
  ['what is there', [{ name: 'new', requires: ['one', 'three'] }], [[]]],
  [
    'what comes along',
    [
      { name: 'new', requires: ['newer'] },
      { name: 'newer', requires: [] },
    ],
    [[], []],
  ],
  [
    'an edge that goes in the same import',
    [
      { name: 'two', requires: [] },
      { name: 'one', requires: ['two'] },
    ],
    [[], []],
  ],
  [
    'what is not there',
    [{ name: 'new', requires: ['nowhere'] }],
    [['requires[0] must be a quest: there is none with this name or id.']],
  ],
  [
    'what is archived',
    [{ name: 'new', requires: ['one', 'gone'] }],
    [['requires[1] must not be gone, which is archived: nobody can complete it any more.']],
  ],
  [
    'itself',
    [{ name: 'new', requires: ['new'] }],
    [['requires[0] must not lead back to the quest itself: new requires new.']],
  ],
  [
    'what requires it',
    [{ name: 'one', requires: ['three'] }],
    [['requires[0] must not lead back to the quest itself: one requires three requires two requires one.']],
  ],
  [
    'a circle within one import',
    [
      { name: 'a', requires: ['b'] },
      { name: 'b', requires: ['a'] },
    ],
    [
      ['requires[0] must not lead back to the quest itself: a requires b requires a.'],
      ['requires[0] must not lead back to the quest itself: b requires a requires b.'],
    ],
  ],
])('a quest that requires %s', (_, quests, faults) => {
  expect(checkRequires(quests, all)).toEqual(faults);
});

test('a long circle is told in few words', () => {
  const chain = Array.from({ length: 1000 }, (_, n) => known(`q${n}`, n === 0 ? [] : [`q${n - 1}`]));
  const [[fault]] = checkRequires([{ name: 'q0', requires: ['q999'] }], chain) as [[string]];
  expect(fault).toContain(
    'q0 requires q999 requires q998 requires q997 requires ... requires q2 requires q1 requires q0.',
  );
});

test('ids become names, names stay, and what is neither stays too', () => {
  expect(namesOf(['two', 'ID OF ONE', 'nowhere'], all)).toEqual(['two', 'one', 'nowhere']);
});

test('those that require a quest are told while they are open', () => {
  expect(dependentsOf('one', [...all, known('four', ['one'], true)])).toEqual(['two']);
});
