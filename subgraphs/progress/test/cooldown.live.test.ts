import { randomUUID } from 'node:crypto';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { newType, pastForTests, startsAt } from './past.ts';
import { defined } from './stage.ts';
import { objective, questOf } from './terms.ts';

/** Events that come so late that the quest has been completed again since: it depends on each completion what they count for. */
const { stage, apply, at, numbersOf, ended } = pastForTests();

const cooledQuest = (type: string, changes: Partial<QuestTerms> = {}) =>
  questOf([objective('wins', type, { target: 2 })], { startsAt, duplication: 9, cooldownSeconds: 3600, ...changes });
const streakOf = async ({ questId }: QuestTerms, userId: string): Promise<number> => {
  const query = `query ($id: ID!) { _entities(representations: [{ __typename: "User", id: $id }]) { ... on User {
    quests { streak quest { id } } } } }`;
  const { data } = await stage.ask(query, { id: userId }, tokenFor({ id: userId, roles: ['PLAYER'] }));
  return data._entities[0].quests.find(({ quest }: { quest: { id: string } }) => quest.id === questId).streak;
};

test('a late event inside the first cooldown does not count, and one between the cooldowns does', async () => {
  const [type, userId] = [newType(), randomUUID()];
  const terms = cooledQuest(type);
  await apply(defined(terms));
  for (const hours of [1, 2, 5, 6]) await apply(at(hours, userId, type));
  expect([await numbersOf(terms, userId), await streakOf(terms, userId)]).toEqual([[1, 2], 0]);
  await apply(at(2.5, userId, type));
  expect(await streakOf(terms, userId)).toBe(0);
  await apply(at(4, userId, type));
  expect(await streakOf(terms, userId)).toBe(1);
  await apply(at(3, userId, type));
  expect(await numbersOf(terms, userId)).toEqual([1, 2, 3]);
  // The third completion came late itself, and what happened in the time after it comes later yet.
  await apply(at(3.5, userId, type));
  expect(await streakOf(terms, userId)).toBe(0);
});

test('late events of several players in one batch are each judged by their own completions', async () => {
  const [type, one, other] = [newType(), randomUUID(), randomUUID()];
  const [terms, daily] = [cooledQuest(type), cooledQuest(type, { every: 'DAY', timeZone: 'UTC' })];
  await apply(defined(terms), defined(daily));
  await apply(...[1, 2, 5, 6].map((hours) => at(hours, one, type)));
  await apply(...[3, 4, 7, 8].map((hours) => at(hours, other, type)));
  const late = [2.5, 4.5].flatMap((hours) => [one, other].map((userId) => at(hours, userId, type)));
  await apply(...late);
  for (const quest of [terms, daily]) {
    expect([await numbersOf(quest, one), await numbersOf(quest, other)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  }
  expect([await streakOf(terms, one), await streakOf(terms, other)]).toEqual([1, 1]);
});

test('a cooldown ends with the period of the quest, so a late event of the next period counts', async () => {
  const [type, userId] = [newType(), randomUUID()];
  const terms = cooledQuest(type, { every: 'DAY', timeZone: 'UTC', cooldownSeconds: 3 * 3600 });
  await apply(defined(terms));
  for (const hours of [20, 23, 34, 35]) await apply(at(hours, userId, type));
  await apply(at(25, userId, type));
  expect(await numbersOf(terms, userId)).toEqual([1, 2]);
  await apply(at(26, userId, type));
  expect(await numbersOf(terms, userId)).toEqual([1, 2, 3]);
});

test('the same by a backfill, of what came before it and of what comes after it', async () => {
  const [type, before, after] = [newType(), randomUUID(), randomUUID()];
  await apply(...[1, 2, 5, 6, 2.5, 4].map((hours) => at(hours, before, type)));
  await apply(...[1, 2, 5, 6].map((hours) => at(hours, after, type)));
  const terms = cooledQuest(type, { backfill: 'NOTIFY' });
  await apply(defined(terms));
  expect(await ended(terms)).toMatchObject({ state: 'DONE', completions: 4 });
  // Told in order, the one between the cooldowns helps to complete the quest the second time.
  expect(await numbersOf(terms, before)).toEqual([1, 2]);
  await apply(at(2.5, after, type));
  expect(await streakOf(terms, after)).toBe(0);
  await apply(at(4, after, type));
  expect(await streakOf(terms, after)).toBe(1);
});
