import type { Definition, Objective } from '../definition/definition.rules.ts';
import { awaitedBy, ownPeriodFaults, stuckAmong } from '../definition/ownCompletions.rules.ts';

const objective = (changes: Partial<Objective> = {}): Objective => ({
  ...{ name: 'one', events: ['QuestCompleted'], where: [], measure: 'COUNT', of: null, target: 3 },
  ...{ period: null, perPeriod: 1, consecutive: null, graceHours: 0, freezes: 0 },
  ...changes,
});
const days = (changes: Partial<Objective> = {}) => objective({ measure: 'PERIODS', period: 'DAY', ...changes });
const quest = (objectives: Objective[], completes: 'ALL' | 'ANY' = 'ALL') => ({ objectives, completes }) as Definition;
const isQuest = (op: 'EQ' | 'IN' | 'NE', value: string | string[]) => [{ path: 'questId', op, value }];
const won = objective({ events: ['Won'] });

describe('periods with a completion', () => {
  test.each<[string, Definition]>([
    ['of any quest, one a day, as the only objective', quest([days()])],
    ['of other quests', quest([days({ where: isQuest('EQ', 'other'), perPeriod: 3 }), won])],
    ['of some quests', quest([days({ where: isQuest('IN', ['other', 'another']), graceHours: 3 })])],
    ['that are not counted by period', quest([objective(), won])],
    ['of something else', quest([days({ events: ['Won'], perPeriod: 2 }), won])],
  ])('%s are accepted', (_, one) => expect(ownPeriodFaults(one, 'own')).toEqual([]));

  test.each<[string, Definition]>([
    ['twice a day', quest([days({ perPeriod: 2 })])],
    ['with hours of grace', quest([days({ graceHours: 1 })])],
    ['beside another objective', quest([days(), won])],
    ['beside another type', quest([won, days({ events: ['Won', 'QuestCompleted'] })])],
    ['of the quest itself among others', quest([days({ where: isQuest('IN', ['other', 'own']) }), won])],
    ['of all quests but one', quest([days({ where: isQuest('NE', 'other') }), won])],
  ])('%s are refused, as its own would fill one', (_, one) =>
    expect(ownPeriodFaults(one, 'own')).toEqual([expect.stringContaining('own completion would fill one')]),
  );
});

describe('a quest that counts completions', () => {
  const a = { id: 'a', name: 'A', requires: [] };
  const b = { id: 'b', name: 'B', requires: [] };
  const counts = (...ids: string[]) => awaitedBy(quest([objective({ where: isQuest('IN', ids) })]));

  test.each<[string, Parameters<typeof stuckAmong>[0], string[]]>([
    ['of its own alone is stuck', [{ ...a, awaits: counts('a') }], ['A']],
    ['of its own or of another is not', [{ ...a, awaits: counts('a', 'b') }], []],
    [
      'of one that counts its own is, as that is',
      [
        { ...a, awaits: counts('b') },
        { ...b, awaits: counts('a') },
      ],
      ['A', 'B'],
    ],
    [
      'of one that requires it is, as that is',
      [
        { ...a, awaits: counts('b') },
        { ...b, requires: ['A'], awaits: [] },
      ],
      ['A', 'B'],
    ],
    [
      'of one that waits for nothing is not',
      [
        { ...a, awaits: counts('b') },
        { ...b, awaits: [] },
      ],
      [],
    ],
    [
      'of one that waits for any quest is not',
      [
        { ...a, awaits: counts('b') },
        { ...b, awaits: awaitedBy(quest([objective()])) },
      ],
      [],
    ],
    ['that contradicts itself is', [{ ...a, awaits: [[]] }], ['A']],
    ['that is new is not among those that it counts', [{ ...a, id: null, awaits: counts('b') }], []],
  ])('%s', (_, all, names) => expect([...stuckAmong(all)]).toEqual(names));

  test.each<[string, Definition, number]>([
    ['all of its objectives have to come', quest([objective({ where: isQuest('EQ', 'a') }), won]), 1],
    ['any of them does', quest([objective({ where: isQuest('EQ', 'a') }), won], 'ANY'), 0],
    [
      'other events count as well',
      quest([objective({ events: ['QuestCompleted', 'Won'], where: isQuest('EQ', 'a') })]),
      0,
    ],
    [
      'all that it names have to agree',
      quest([objective({ where: [...isQuest('EQ', 'a'), ...isQuest('IN', ['a', 'b'])] })]),
      1,
    ],
  ])('waits where %s', (_, one, lists) => expect(awaitedBy(one)).toHaveLength(lists));
});
