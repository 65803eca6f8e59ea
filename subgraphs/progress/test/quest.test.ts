import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import {
  completionsDue,
  isTallied,
  isUncounted,
  newCompletions,
  standing,
  tallyOf,
  typesCountedBy,
} from '../counting/quest.rules.ts';
import { questTerms } from './terms.ts';

const at = Date.parse('2026-11-21T12:00:00Z');
const quest = (changes: Partial<QuestTerms> = {}): QuestTerms =>
  questTerms({ questId: 'q1', startsAt: '2026-11-01T00:00:00.000Z', ...changes });

describe('completions due are least(duplication, counted / streak)', () => {
  test.each([
    [0, 0],
    [2, 0],
    [3, 1],
    [5, 1],
    [6, 2],
    [9, 2],
    [1_000_000, 2],
  ])('%i counted events are worth %i completions', (counted, due) =>
    expect(completionsDue(quest(), counted)).toBe(due),
  );

  test('a batch that crosses the target twice completes twice', () =>
    expect(newCompletions(quest(), 7, 0)).toEqual([1, 2]));
  test('nothing is completed twice', () => expect(newCompletions(quest(), 3, 1)).toEqual([]));
  test('a lowered target completes at the next event', () =>
    expect(newCompletions(quest({ streak: 2 }), 5, 1)).toEqual([2]));
  test('a raised target never un-completes', () => expect(newCompletions(quest({ streak: 9 }), 6, 2)).toEqual([]));
  test('an archived quest completes no more', () =>
    expect(newCompletions(quest({ archivedAt: '2026-11-20T00:00:00.000Z' }), 3, 0)).toEqual([]));
});

describe('how a player stands', () => {
  test.each([
    [0, 0, 0, 3],
    [2, 0, 2, 1],
    [3, 1, 0, 3],
    [5, 1, 2, 1],
    [6, 2, 0, 0],
    [8, 2, 0, 0],
  ])('after %i events and %i completions the streak is %i and %i remain', (counted, completions, streak, remaining) =>
    expect(standing(quest(), counted, completions)).toEqual({ streak, remaining }),
  );

  test('a target that was lowered below the streak is full and needs one more event', () =>
    expect(standing(quest({ streak: 2, duplication: 9 }), 5, 0)).toEqual({ streak: 2, remaining: 1 }));
  test('a raised target asks for the difference', () =>
    expect(standing(quest({ streak: 5 }), 4, 1)).toEqual({ streak: 0, remaining: 6 }));
});

describe('which events count', () => {
  test('the first sign-in is a sign-in', () => expect(typesCountedBy('UserSignIn')).toContain('NewUserSignIn'));
  test('other triggers count themselves only', () =>
    expect(typesCountedBy('LevelFinished')).toEqual(['LevelFinished']));
  test('quests without an end share the tally of their trigger', () =>
    expect(tallyOf(quest({ questId: 'q2' }))).toBe(tallyOf(quest())));
  test('a quest that ends has a tally of its own', () =>
    expect(tallyOf(quest({ endsAt: '2026-12-01T00:00:00.000Z' }))).not.toBe(tallyOf(quest())));
  test('an event before the start is tallied and not counted', () => {
    expect(isTallied(quest(), at - 1e12)).toBe(true);
    expect(isUncounted(quest(), at - 1e12)).toBe(true);
    expect(isUncounted(quest(), at)).toBe(false);
  });
  test('the start belongs to the window and the end does not', () => {
    const window = quest({ startsAt: '2026-11-21T12:00:00.000Z', endsAt: '2026-11-21T13:00:00.000Z' });
    expect([at - 1, at, at + 3_599_999, at + 3_600_000].map((instant) => isTallied(window, instant))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
