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
