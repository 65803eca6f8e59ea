import type { Quest } from '../definitions/definitions.rules.ts';
import { cooling, isBeforeCooldown, isCooling } from '../enrolments/cooldown.rules.ts';
import type { Enrolment } from '../enrolments/enrolments.rules.ts';
import { definitionsOf } from '../definitions/definitions.rules.ts';
import { digestOf } from '../definitions/definitionStore.ts';
import { happened, instantOf, openGame } from './game.ts';
import { objective, questOf } from './terms.ts';

const wins = objective('wins', 'Won', { target: 2 });
const terms = questOf([wins], { cooldownSeconds: 3600, duplication: 9 });
const questWith = (cooldownSeconds: number): Quest =>
  definitionsOf(1, [[{ terms: { ...terms, cooldownSeconds }, knownSince: 1 }]], digestOf).quests[0]!;
const fresh: Enrolment = {
  ...{ version: 1, base: [null], attemptsAtBase: 0, completionsAtBase: 0, completions: 0, coolsUntil: null },
};
const at = (hour: string) => instantOf(`06-10@${hour}`);
const [hour, completedAt] = [3_600_000, [at('06'), at('10')]];
const twice = { ...fresh, completions: 2, coolsUntil: at('11') };

describe('whether an event lies in the time after a completion', () => {
  test.each([
    ['just before the first completion', at('06') - 1, false],
    ['at the first completion', at('06'), true],
    ['at the end of the first cooldown, less a moment', at('07') - 1, true],
    ['at the end of the first cooldown', at('07'), false],
    ['just before the second completion', at('10') - 1, false],
    ['at the second completion', at('10'), true],
    ['at the end of the second cooldown, less a moment', at('11') - 1, true],
    ['at the end of the second cooldown', at('11'), false],
  ])('%s', (_, instant, expected) => {
    expect(isCooling(questWith(3600), twice, completedAt, instant)).toBe(expected);
  });
  test('the earlier completions are asked for of what is older than the latest cooldown, and of nothing else', () => {
    const [quest, instants] = [questWith(3600), [at('06'), at('10') - 1, at('10'), at('11')]];
    expect(instants.map((one) => isBeforeCooldown(quest, twice, one))).toEqual([true, true, false, false]);
    expect(instants.map((one) => isBeforeCooldown(questWith(0), twice, one))).toEqual([false, false, false, false]);
    expect(isBeforeCooldown(quest, fresh, at('06'))).toBe(false);
  });
  test('a completion that came late leaves the latest cooldown the latest', () => {
    const quest = questWith(3600);
    expect(cooling(quest, twice, at('08')).coolsUntil).toBe(at('11'));
    expect(isCooling(quest, twice, [...completedAt, at('08')], at('08') + hour / 2)).toBe(true);
  });
  test('a quest whose cooldown was taken away counts all', () => {
    expect(isCooling(questWith(0), twice, completedAt, at('10'))).toBe(false);
  });
});

describe('an event that comes late', () => {
  const played = () => {
    const [game, quest] = [openGame(), questOf([wins], { cooldownSeconds: 3600, duplication: 9 })];
    game.publish(quest);
    for (const when of ['05', '06', '09', '10']) game.play(happened('Won', at(when)));
    expect(game.countOf(quest)).toBe(2);
    const toward = () => game.standing(quest, at('12')).streak;
    return { game, quest, toward };
  };

  test('does not count inside the first cooldown, and counts between the cooldowns', () => {
    const { game, toward } = played();
    game.play(happened('Won', at('06') + hour / 2));
    expect(toward()).toBe(0);
    game.play(happened('Won', at('08')));
    expect(toward()).toBe(1);
  });
  test('does not count in the time after what the same batch has completed late', () => {
    const { game, quest, toward } = played();
    const completed = game.play(
      ...[at('07'), at('08'), at('08') + hour / 2, at('09')].map((when) => happened('Won', when)),
    );
    expect(completed.map(({ completedAt }) => Date.parse(completedAt))).toEqual([at('08')]);
    expect([game.countOf(quest), toward()]).toEqual([3, 1]);
  });
  test('counts in another period than the completion, as the cooldown ends with the period', () => {
    const game = openGame();
    const quest = questOf([wins], { cooldownSeconds: 3 * 3600, duplication: 9, every: 'DAY', timeZone: 'UTC' });
    game.publish(quest);
    for (const when of ['06-09@21', '06-09@23', '06-10@10', '06-10@11']) game.play(happened('Won', when));
    expect(game.countOf(quest)).toBe(2);
    game.play(happened('Won', '06-10@01'));
    expect(game.standing(quest, at('12')).streak).toBe(1);
  });
});
