import { randomUUID } from 'node:crypto';
import { until } from '../../../shared/testing/harness.ts';
import { wallClock } from '../../../shared/clock.ts';
import { eventApplier } from '../apply.ts';
import { definitionReader } from '../definitions/definitionStore.ts';
import { signIn, stageForTests } from './stage.ts';

const stage = stageForTests();

const apply = eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock });
const sayingWhere = (userId: string) => signIn(userId);
const sayingNothing = (userId: string) => ({ ...signIn(userId), type: 'MatchWon', source: 'game', data: null });

test.each([
  ['says where the player is', sayingWhere, sayingNothing],
  ['says nothing of it', sayingNothing, sayingWhere],
])('of two first events at the same time the one that is first %s, and the zone is kept', async (_, first, second) => {
  const userId = randomUUID();
  const go = Promise.withResolvers<void>();
  const stored = Promise.withResolvers<void>();
  const one = stage.database.transaction(async (transaction) => {
    await apply(transaction, [first(userId)]);
    stored.resolve();
    await go.promise;
  });
  await stored.promise;
  const other = stage.database.transaction((transaction) => apply(transaction, [second(userId)]));
  await until(
    async () =>
      (await stage.count(`pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)) > 0,
    'the other waits for the first',
  );
  go.resolve();
  await Promise.all([one, other]);
  expect(await stage.query('select time_zone from player where user_id = $1', [userId])).toEqual([
    { time_zone: 'Europe/Berlin' },
  ]);
});

test('an event that says nothing of a zone changes none, and one that does changes it', async () => {
  const userId = randomUUID();
  const run = (...events: Parameters<typeof apply>[1]) =>
    stage.database.transaction((transaction) => apply(transaction, events));
  await run(sayingWhere(userId), sayingNothing(userId));
  await run(sayingNothing(userId));
  const zone = () => stage.query('select time_zone from player where user_id = $1', [userId]);
  expect(await zone()).toEqual([{ time_zone: 'Europe/Berlin' }]);
  await run({ ...sayingWhere(userId), data: { timeZone: 'UTC' } });
  expect(await zone()).toEqual([{ time_zone: 'UTC' }]);
});
