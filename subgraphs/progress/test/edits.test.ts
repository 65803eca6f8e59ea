import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { happened, instantOf, openGame } from './game.ts';
import { objective, questOf, questTerms, revised } from './terms.ts';

/** What an edit does with what players have done. */
const quest = (changes: Partial<QuestTerms> = {}) =>
  questTerms({ trigger: 'Won', streak: 3, duplication: 2, ...changes });
const won = (times: number, when = '06-10') => Array.from({ length: times }, () => happened('Won', when));

function played(first: QuestTerms, times: number) {
  const game = openGame();
  game.publish(first);
  if (times > 0) game.play(...won(times));
  return game;
}
const now = instantOf('06-20');
const toward = (game: ReturnType<typeof openGame>, terms: QuestTerms) => {
  const { streak, remaining, state } = game.standing(terms, now);
  return [streak, remaining, state];
};

describe('the target', () => {
  test('streak 1 with 100 wins, raised to 5: five more complete it', () => {
    const first = quest({ streak: 1, duplication: 1000 });
    const game = played(first, 100);
    game.publish(revised(first, { streak: 5 }));
    expect([game.countOf(first), ...toward(game, first)]).toEqual([100, 0, 5, 'OPEN']);
    expect(game.play(...won(4))).toEqual([]);
    expect(game.play(...won(1))).toMatchObject([{ number: 101, version: { number: 2 } }]);
  });
  test('streak 5 lowered to 3 at 4: KEEP asks for the fifth, MOVE completes with the next', () => {
    for (const [inFlight, version] of [
      ['KEEP', 1],
      ['MOVE', 2],
    ] as const) {
      const first = quest({ streak: 5 });
      const game = played(first, 4);
      game.publish(revised(first, { streak: 3, inFlight }));
      expect(toward(game, first)).toEqual(inFlight === 'KEEP' ? [4, 1, 'OPEN'] : [3, 1, 'OPEN']);
      expect(game.countOf(first)).toBe(0);
      expect(game.play(...won(1))).toMatchObject([{ number: 1, version: { number: version } }]);
      // What was over is kept.
      expect(toward(game, first)).toEqual(inFlight === 'KEEP' ? [0, 3, 'OPEN'] : [2, 1, 'OPEN']);
    }
  });
  test('of two objectives that count the same, each goes on from what is left of its own', () => {
    const [few, many] = [1, 2].map((target) => objective(target === 1 ? 'few' : 'many', 'Won', { target }));
    const first = questOf([few!, many!], { duplication: 3 });
    const game = played(first, 1);
    game.publish({ ...first, version: 2, objectives: [few!, { ...many!, target: 1 }] });
    expect(game.play(...won(1))).toMatchObject([{ number: 1, version: { number: 1 } }]);
    expect(game.play(...won(1))).toMatchObject([{ number: 2, version: { number: 2 } }]);
  });
  test('what an edit has made due is not completed by an event from before the start', () => {
    const [first, other] = [quest({ startsAt: '2026-06-05T00:00:00.000Z' }), quest({ streak: 100 })];
    const game = openGame();
    game.publish(first, other);
    game.play(...won(2));
    game.publish(revised(first, { streak: 2, inFlight: 'MOVE' }));
    expect(game.play(...won(1, '06-04'))).toEqual([]);
    expect(game.play(...won(1, '06-06'))).toMatchObject([{ completedAt: '2026-06-06T12:00:00.000Z' }]);
  });
  test('3 raised to 5 after ten completions: an attempt that has begun ends by its version, the next asks for 5', () => {
    const first = quest({ duplication: 100 });
    const game = played(first, 31);
    game.publish(revised(first, { streak: 5 }));
    expect([game.countOf(first), ...toward(game, first)]).toEqual([10, 1, 2, 'OPEN']);
    expect(game.play(...won(2))).toMatchObject([{ number: 11, version: { number: 1 } }]);
    expect(game.play(...won(4))).toEqual([]);
    expect(game.play(...won(1))).toMatchObject([{ number: 12, version: { number: 2 } }]);
  });
  test('a hundred events at once end the attempt under way by its version and go on by the newest', () => {
    const first = quest({ streak: 5, duplication: 100 });
    const game = played(first, 4);
    game.publish(revised(first, { streak: 10 }));
    const versions = game.play(...won(101)).map(({ version }) => version.number);
    expect(versions).toEqual([1, ...Array<number>(10).fill(2)]);
  });
  test('of two edits in a row each is asked what becomes of who has begun', () => {
    const first = quest({ streak: 9 });
    const game = played(first, 4);
    const second = revised(first, { streak: 7 });
    game.publish(second);
    game.publish(revised(second, { streak: 5, inFlight: 'MOVE' }));
    expect(toward(game, first)).toEqual([4, 1, 'OPEN']);
    expect(game.play(...won(1))).toMatchObject([{ version: { number: 3 } }]);
  });
  test('who comes after an edit plays by it from the first event on', () => {
    const first = quest({ streak: 5 });
    const game = openGame();
    game.publish(first);
    game.publish(revised(first, { streak: 2 }));
    expect(game.play(...won(2))).toMatchObject([{ number: 1, version: { number: 2 } }]);
  });
  test('a quest of days at 4 of 5, lowered to 3 with today filled already: the next event completes it', () => {
    const first = quest({ streak: 5, period: 'DAY' });
    const game = openGame();
    game.publish(first);
    for (const day of ['06-17', '06-18', '06-19', '06-20']) game.play(happened('Won', day));
    game.publish(revised(first, { streak: 3, period: 'DAY', inFlight: 'MOVE' }));
    expect(toward(game, first)).toEqual([3, 1, 'OPEN']);
    expect(game.play(happened('Won', '06-20@13'))).toMatchObject([{ number: 1, version: { number: 2 } }]);
    expect(toward(game, first)).toEqual([1, 2, 'OPEN']);
  });
});

describe('the duplication', () => {
  test('1 raised to 10 pays nothing of the past', () => {
    const first = quest({ duplication: 1 });
    const game = played(first, 50);
    game.publish(revised(first, { duplication: 10 }));
    expect([game.countOf(first), ...toward(game, first)]).toEqual([1, 0, 3, 'OPEN']);
    expect(game.play(...won(2))).toEqual([]);
    expect(game.play(...won(1))).toMatchObject([{ number: 2 }]);
    expect(game.play(...won(100)).map(({ number }) => number)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  });
  test('lowered takes nothing back and gives nothing more', () => {
    const first = quest({ duplication: 5 });
    const game = played(first, 10);
    game.publish(revised(first, { duplication: 2 }));
    expect(game.play(...won(9)).map(({ version }) => version.number)).toEqual([1]);
    expect([game.countOf(first), ...toward(game, first)]).toEqual([4, 0, 0, 'DONE']);
  });
});

describe('what is counted', () => {
  test('DAY -> EVENT pays no past', () => {
    const first = quest({ streak: 1, period: 'DAY', duplication: 1000 });
    const game = openGame();
    // Another quest has counted events all the time.
    game.publish(first, quest({ streak: 1000 }));
    for (let day = 10; day < 30; day++) game.play(...won(50, `06-${day}`));
    expect(game.countOf(first)).toBe(20);
    game.publish(revised(first, { period: 'EVENT' }));
    expect(game.play(...won(1, '06-30'))).toMatchObject([{ number: 21 }]);
    expect(game.play(...won(3, '06-30'))).toMatchObject([{ number: 22 }, { number: 23 }, { number: 24 }]);
  });
  test('EVENT -> DAY begins with the days to come', () => {
    const first = quest({ streak: 1, duplication: 1000 });
    const game = openGame();
    game.publish(first, quest({ streak: 90, period: 'DAY' }));
    for (let day = 10; day < 30; day++) game.play(...won(2, `06-${day}`));
    expect(game.countOf(first)).toBe(40);
    game.publish(revised(first, { period: 'DAY', streak: 2 }));
    expect(game.play(...won(9, '06-29@20'), ...won(1, '06-30'))).toEqual([]);
    expect(game.play(...won(1, '07-01'))).toMatchObject([{ number: 41 }]);
  });
  test('a window that moves takes along what was reached', () => {
    const first = quest({ endsAt: '2026-06-12T00:00:00.000Z' });
    const game = played(first, 2);
    game.publish(revised(first, { endsAt: '2026-07-01T00:00:00.000Z' }));
    expect(toward(game, first)).toEqual([2, 1, 'OPEN']);
    expect(game.play(...won(1, '06-25'))).toMatchObject([{ number: 1, version: { number: 2 } }]);
  });
});

describe('archived', () => {
  const archived = (first: QuestTerms, onArchive: 'FINISH' | 'STOP') =>
    revised(first, { archivedAt: '2026-06-11T00:00:00.000Z', onArchive });
  test('FINISH lets attempts end that have begun, and begins no other', () => {
    const first = quest({ duplication: 9 });
    const [begun, fresh] = [played(first, 2), played(first, 3)];
    for (const game of [begun, fresh]) game.publish(archived(first, 'FINISH'));
    expect(begun.play(...won(9))).toMatchObject([{ number: 1, version: { number: 1 } }]);
    expect(fresh.play(...won(9))).toEqual([]);
    expect(toward(begun, first)).toEqual([0, 0, 'ENDED']);
  });
  test('STOP counts nothing more; restored, the attempt goes on where it was', () => {
    const first = quest({ streak: 5 });
    const game = openGame();
    game.publish(first, quest({ streak: 1000 }));
    game.play(...won(3));
    const stopped = archived(first, 'STOP');
    game.publish(stopped);
    expect(game.play(...won(9))).toEqual([]);
    expect(toward(game, first)).toEqual([0, 0, 'ENDED']);
    game.publish(revised(stopped, { archivedAt: null, onArchive: null }));
    expect(toward(game, first)).toEqual([3, 2, 'OPEN']);
    expect(game.play(...won(2))).toMatchObject([{ number: 1, version: { number: 3 } }]);
  });
  test('who came while it was archived begins when it is restored', () => {
    const first = quest({ streak: 2 });
    const game = openGame();
    const stopped = archived(first, 'STOP');
    game.publish(first, quest({ streak: 1000 }));
    game.publish(stopped);
    game.play(...won(9));
    game.publish(revised(stopped, { archivedAt: null, onArchive: null }));
    expect(game.play(...won(1))).toEqual([]);
    expect(game.play(...won(1))).toMatchObject([{ number: 1 }]);
  });
});

test('the reward of an attempt is the one of its version', () => {
  const first = quest();
  const game = played(first, 2);
  game.publish(revised(first, { rewards: [{ id: 'r', item: 'GOLD', quantity: 1 }] }));
  expect(game.play(...won(4)).map(({ version }) => version.number)).toEqual([1, 2]);
});
