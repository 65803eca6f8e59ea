import { randomUUID } from 'node:crypto';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { livingIn } from '../calendar/calendar.rules.ts';
import { happened, instantOf, openGame } from './game.ts';
import { objective, questOf, questTerms } from './terms.ts';

const wins = objective('wins', 'Won', { target: 2 });
const damage = objective('damage', ['Won', 'Lost'], { measure: 'SUM', of: 'damage', target: 100 });
const reward = (quantity: number) => [{ id: `r${quantity}`, item: 'GOLD', quantity }];
const fought = (type: 'Won' | 'Lost', amount: number, when = '06-10') => happened(type, when, { damage: amount });

describe('several objectives', () => {
  test('ALL of them complete the quest, with the event that completes the last one', () => {
    const game = openGame();
    const quest = questOf([wins, damage]);
    game.publish(quest);
    expect(game.play(fought('Won', 10), fought('Won', 10))).toEqual([]);
    expect(game.standing(quest, instantOf('06-10'))).toMatchObject({
      remaining: 80,
      objectives: [
        { name: 'wins', measure: 'COUNT', value: 2, target: 2, done: true },
        { name: 'damage', measure: 'SUM', value: 20, target: 100, done: false },
      ],
    });
    expect(game.play(fought('Lost', 80, '06-12'))).toMatchObject([{ completedAt: '2026-06-12T12:00:00.000Z' }]);
  });
  test('what was over is kept of each of them for the next attempt', () => {
    const game = openGame();
    const quest = questOf([wins, damage], { duplication: 2 });
    game.publish(quest);
    game.play(fought('Won', 100), fought('Won', 50), fought('Won', 30));
    const [won, dealt] = game.standing(quest, instantOf('06-10')).objectives.map(({ value }) => value);
    expect([game.countOf(quest), won, dealt]).toEqual([1, 1, 80]);
    expect(game.play(fought('Won', 20))).toHaveLength(1);
  });
  test('ANY of them completes it', () => {
    const game = openGame();
    const quest = questOf([wins, damage], { completes: 'ANY', duplication: 9 });
    game.publish(quest);
    expect(game.play(fought('Lost', 150))).toHaveLength(1);
    expect(game.play(fought('Won', 1))).toHaveLength(0);
    expect(game.play(fought('Won', 60))).toHaveLength(2);
  });
});

describe('steps', () => {
  const ladder = (changes: Partial<QuestTerms> = {}) =>
    questOf([objective('days', 'Came', { measure: 'PERIODS', period: 'DAY', consecutive: true, target: 9 })], {
      steps: [3, 6, 9].map((target) => ({ target, rewards: reward(target) })),
      duplication: 2,
      ...changes,
    });
  const came = (...days: string[]) => days.map((day) => happened('Came', day));
  const days = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => `06-${String(from + n).padStart(2, '0')}`);

  test('pay on the way, numbered, and the last one ends the attempt', () => {
    const game = openGame();
    const quest = ladder();
    game.publish(quest);
    expect(game.play(...came(...days(1, 10))).map(({ number, step }) => [number, step])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
    expect(game.standing(quest, instantOf('06-10'))).toMatchObject({ streak: 1, remaining: 2 });
  });
  test('are paid once for each attempt, also when the streak was lost on the way', () => {
    const game = openGame();
    const quest = ladder();
    game.publish(quest);
    game.play(...came(...days(1, 4)));
    expect(game.standing(quest, instantOf('06-04'))).toMatchObject({ streak: 4, remaining: 2 });
    expect(game.play(...came(...days(10, 4)))).toEqual([]);
    expect(game.play(...came('06-14', '06-15')).map(({ step }) => step)).toEqual([1]);
    expect(game.play(...came(...days(16, 3))).map(({ step }) => step)).toEqual([2]);
  });
  test('a calendar of seven days with another reward each begins again', () => {
    const game = openGame();
    game.publish(
      questOf([objective('days', 'Came', { measure: 'PERIODS', period: 'DAY', target: 7 })], {
        steps: [1, 2, 3, 4, 5, 6, 7].map((target) => ({ target, rewards: reward(target) })),
        duplication: 100,
      }),
    );
    const steps = days(1, 16).flatMap((day) => game.play(...came(day)).map(({ step }) => step));
    expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1]);
  });
});

describe('every period', () => {
  const weekly = (timeZone: string | null, duplication = 1) =>
    questOf([objective('wins', 'Won', { target: 3 })], { every: 'WEEK', timeZone, duplication });
  const won = (...whens: string[]) => whens.map((when) => happened('Won', Date.parse(when)));

  test('a weekly quest over a year’s end in Kiritimati', () => {
    const game = openGame();
    const quest = weekly('Pacific/Kiritimati');
    game.publish(quest);
    // There Monday the 28th of December begins on Sunday at 10:00 UTC.
    expect(game.play(...won('2026-12-27T09:59:00Z', '2026-12-27T10:00:00Z', '2026-12-31T23:00:00Z'))).toEqual([]);
    expect(game.play(...won('2027-01-03T09:59:00Z'))).toHaveLength(1);
    expect(game.play(...won('2027-01-03T09:59:00Z', '2027-01-03T10:00:00Z', '2027-01-04T10:00:00Z'))).toEqual([]);
    expect(game.play(...won('2027-01-10T09:59:59Z'))).toMatchObject([{ number: 2 }]);
  });
  test('over a change of clocks at the week’s boundary', () => {
    const game = openGame({ timeline: livingIn('Europe/Berlin') });
    const quest = weekly(null);
    game.publish(quest);
    // Clocks went forward on Sunday the 29th of March: Monday begins at 22:00 UTC.
    game.play(...won('2026-03-23T00:00:00Z', '2026-03-29T21:59:00Z', '2026-03-29T22:00:00Z'));
    expect(game.countOf(quest)).toBe(0);
    expect(game.play(...won('2026-03-22T23:00:00Z'))).toHaveLength(1);
    const at = Date.parse('2026-03-30T10:00:00Z');
    expect(game.standing(quest, at)).toMatchObject({
      state: 'OPEN',
      remaining: 2,
      startedAt: Date.parse('2026-03-29T22:00:00Z'),
      nextResetAt: Date.parse('2026-04-05T22:00:00Z'),
    });
  });
  test('a late event counts in the week in which it happened, and completes it', () => {
    const game = openGame();
    const quest = weekly('UTC', 2);
    game.publish(quest);
    game.play(...won('2026-06-01T12:00:00Z', '2026-06-02T12:00:00Z', '2026-06-09T12:00:00Z'));
    expect(game.play(...won('2026-06-03T12:00:00Z'))).toMatchObject([
      { number: 1, completedAt: '2026-06-03T12:00:00.000Z' },
    ]);
    expect(game.standing(quest, Date.parse('2026-06-03T12:00:00Z'))).toMatchObject({ state: 'OPEN', remaining: 3 });
    expect(game.standing(quest, Date.parse('2026-06-09T12:00:00Z'))).toMatchObject({ state: 'OPEN', remaining: 2 });
  });
});

describe('quests that require others', () => {
  const first = questTerms({ trigger: 'Won', streak: 2, duplication: 3 });
  const second = questOf([objective('wins', 'Won', { target: 2 })], { requires: [first.questId] });

  test('open when those are completed, and count from then on', () => {
    const game = openGame();
    game.publish(first, second);
    game.play(happened('Won', '06-01'));
    expect(game.standing(second, instantOf('06-02'))).toMatchObject({ state: 'LOCKED', lockedBy: [first.questId] });
    game.play(happened('Won', '06-02'), happened('Won', '06-03'));
    expect(game.standing(second, instantOf('06-04'))).toMatchObject({ state: 'OPEN', lockedBy: [], streak: 1 });
    expect(game.play(happened('Won', '06-04')).map(({ version }) => version.terms.questId)).toEqual([
      first.questId,
      second.questId,
    ]);
  });
  test('count nothing of before, whoever completes the other first', () => {
    const game = openGame();
    game.publish(first);
    game.play(happened('Won', '06-01'), happened('Won', '06-02'));
    game.publish(second);
    expect(game.play(happened('Won', '06-03')).map(({ version }) => version.terms.questId)).toEqual([]);
    expect(game.play(happened('Won', '06-04'))).toHaveLength(2);
  });
});

describe('the time after a completion', () => {
  test('counts nothing, by the events’ own time', () => {
    const game = openGame();
    const quest = questOf([wins], { cooldownSeconds: 3600, duplication: 9 });
    game.publish(quest);
    game.play(happened('Won', '06-10@10'), happened('Won', '06-10@11'));
    expect(game.countOf(quest)).toBe(1);
    game.play(happened('Won', instantOf('06-10@11') + 1), happened('Won', instantOf('06-10@12') - 1));
    expect(game.standing(quest, instantOf('06-10@12'))).toMatchObject({ streak: 0, remaining: 2 });
    game.play(happened('Won', '06-10@12'), happened('Won', '06-10@13'));
    expect(game.countOf(quest)).toBe(2);
  });
});

describe('events of progress itself', () => {
  const first = questTerms({ trigger: 'Won', streak: 1, duplication: 100 });
  const collector = questOf([objective('quests', 'QuestCompleted', { measure: 'DISTINCT', of: 'questId', target: 2 })]);
  const other = questTerms({ trigger: 'Lost', streak: 1 });

  test('count: completing two quests completes a third, in the same batch', () => {
    const game = openGame();
    game.publish(first, collector, other);
    expect(game.play(happened('Won', '06-10'), happened('Won', '06-11'))).toHaveLength(2);
    const completed = game.play(happened('Lost', '06-12'));
    expect(completed.map(({ version }) => version.terms.questId)).toEqual([other.questId, collector.questId]);
  });
  test('a quest does not count its own completion', () => {
    const game = openGame();
    const counter = questOf([objective('completions', 'QuestCompleted', { target: 1 })], { duplication: 1000 });
    game.publish(counter, other);
    expect(game.play(happened('Lost', '06-12'))).toHaveLength(2);
    expect(game.countOf(counter)).toBe(1);
    expect(game.play(happened('Lost', '06-13'))).toHaveLength(2);
  });
  test('nor when it is told of it later, in the midst of others, whatever it counts', () => {
    for (const measure of ['COUNT', 'DISTINCT'] as const) {
      const game = openGame();
      const of = measure === 'DISTINCT' ? 'completionId' : null;
      const counter = questOf([objective('completions', 'QuestCompleted', { measure, of, target: 3 })], {
        duplication: 2,
      });
      game.publish(counter);
      const told = (questId: string, day: string) => ({
        ...happened('QuestCompleted', day, { questId, completionId: randomUUID() }),
        source: 'progress',
      });
      game.play(told(other.questId, '06-10'));
      game.play(told(counter.questId, '06-11'), told(other.questId, '06-12'));
      expect(game.standing(counter, instantOf('06-13'))).toMatchObject({ streak: 2, remaining: 1 });
      expect(game.play(told(counter.questId, '06-13'))).toEqual([]);
      expect(game.play(told(other.questId, '06-14'))).toHaveLength(1);
    }
  });
  test('two quests that count each other’s completion come to an end', () => {
    const game = openGame();
    const [ping, pong] = [0, 1].map(() =>
      questOf([objective('any', 'QuestCompleted', { target: 1 })], { duplication: 1_000_000 }),
    ) as [QuestTerms, QuestTerms];
    game.publish(ping, pong, other);
    expect(game.play(happened('Lost', '06-12')).length).toBeLessThan(5000);
  });
});

test('what has become due while a quest was closed completes with the next event, one of a day that is filled too', () => {
  const first = questTerms({ trigger: 'Won', streak: 1, duplication: 1 });
  const days = objective('days', 'Won', { measure: 'PERIODS', period: 'DAY' });
  const quest = questOf([days], { every: 'MONTH', requires: [first.questId] });
  const game = openGame();
  game.publish(first, quest);
  expect(game.play(happened('Won', '06-10@10'))).toHaveLength(1);
  expect(game.play(happened('Won', '06-10@11'))).toMatchObject([{ version: { terms: { questId: quest.questId } } }]);
});

test('bosses 10, 9 and 8 days ago and a logout now in one batch complete 8 days ago', () => {
  const game = openGame();
  const quest = questTerms({ trigger: 'BossKilled', streak: 3 });
  game.publish(quest);
  const completed = game.play(
    happened('LoggedOut', '06-20'),
    ...['06-12', '06-10', '06-11'].map((day) => happened('BossKilled', day)),
  );
  expect(completed).toMatchObject([{ completedAt: '2026-06-12T12:00:00.000Z' }]);
});

test('a veteran with a thousand completed quests costs what a beginner does', () => {
  const game = openGame();
  game.publish(...Array.from({ length: 1000 }, () => questTerms({ trigger: 'Won', streak: 1, duplication: 1 })));
  expect(game.play(happened('Won', '06-10'))).toHaveLength(1000);
  const before = game.looks();
  for (let n = 0; n < 100; n++) game.play(happened('Won', '06-11'));
  expect(game.looks()).toBe(before);
});

test('DISTINCT of 100,000 values by one player keeps no more than its quests ask for', () => {
  const game = openGame();
  const quest = questOf([objective('bosses', 'Seen', { measure: 'DISTINCT', of: 'n', target: 50 })], {
    duplication: 2,
  });
  game.publish(quest);
  for (let n = 0; n < 100; n++)
    game.play(...Array.from({ length: 1000 }, (_, k) => happened('Seen', '06-10', { n: n * 1000 + k })));
  expect([game.countOf(quest), Object.values(game.kept().seen).map(({ length }) => length)]).toEqual([2, [100]]);
});

test.each([
  ['a missing path', {}],
  ['a list', { mode: ['ranked'] }],
  ['a member of the prototype', JSON.parse('{ "__proto__": { "mode": "ranked" } }')],
  ['no data', null],
])('an event with %s does not meet a condition', (_, data) => {
  const game = openGame();
  const quest = questOf([objective('wins', 'Won', { where: [{ path: 'mode', op: 'EQ', value: 'ranked' }] })]);
  game.publish(quest);
  expect(game.play(happened('Won', '06-10', data))).toEqual([]);
  expect(game.play(happened('Won', '06-10', { mode: 'ranked' }))).toHaveLength(1);
});
