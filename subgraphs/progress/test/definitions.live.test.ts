import { randomUUID } from 'node:crypto';
import { eventApplier } from '../apply.ts';
import { definitionReader } from '../definitions/definitionStore.ts';
import { defined, signIn, stageForTests } from './stage.ts';
import { questTerms } from './terms.ts';

const stage = stageForTests();

test('a definition that was rolled back is not remembered, even when another takes its place', async () => {
  const effects = () => ({ readDefinitions: definitionReader(), notify: () => {}, clock: () => new Date() });
  const [here, elsewhere] = [eventApplier(effects()), eventApplier(effects())];
  const userId = randomUUID();
  const apply = (applier: typeof here, ...events: Parameters<typeof here>[1]) =>
    stage.database.transaction((transaction) => applier(transaction, events));

  // Its event completes the first quest at once, and then the transaction fails.
  const failed = stage.database.transaction(async (transaction) => {
    await here(transaction, [defined(questTerms({ streak: 1 })), signIn(userId)]);
    throw new Error('the database went away');
  });
  await expect(failed).rejects.toThrow('went away');
  // Another process applies another first quest.
  const quest = questTerms({ streak: 3 });
  await apply(elsewhere, defined(quest));

  await apply(here, signIn(userId), signIn(userId), signIn(userId));
  expect(await stage.query('select quest_id, number from completion')).toEqual([
    { quest_id: quest.questId, number: 1 },
  ]);
});

test('transactions that read the definitions side by side see each version of a quest once', async () => {
  const quest = questTerms({ streak: 2, duplication: 3 });
  const publish = eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: () => new Date() });
  const define = (version: number) =>
    stage.database.transaction((transaction) => publish(transaction, [defined({ ...quest, version })]));
  const read = definitionReader();
  const versionsSeen = async () => {
    const seen = await Promise.all(Array.from({ length: 6 }, () => stage.database.transaction(read)));
    return seen.map(({ byId }) => byId.get(quest.questId)!.versions.map(({ number }) => number));
  };

  await define(1);
  expect(await versionsSeen()).toEqual(Array(6).fill([1]));
  await define(2);
  expect(await versionsSeen()).toEqual(Array(6).fill([1, 2]));
  expect(await versionsSeen()).toEqual(Array(6).fill([1, 2]));
});
