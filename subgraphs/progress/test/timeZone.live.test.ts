import { randomUUID } from 'node:crypto';
import { until } from '../../../shared/testing/harness.ts';
import { wallClock } from '../../../shared/clock.ts';
import { eventApplier } from '../apply.ts';
import { definitionReader } from '../definitions/definitionStore.ts';
import { signIn, stageForTests } from './stage.ts';

const stage = stageForTests();

const apply = eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock });
const sayingWhere = (userId: string) => signIn(userId);
const sayingNothing = (userId: string) => ({ ...signIn(userId), type: 'MatchWon', source: 'service:game', data: null });

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

test('an event that says nothing of a zone changes none, and what a later sign-in says moves nobody', async () => {
  const userId = randomUUID();
  const run = (...events: Parameters<typeof apply>[1]) =>
    stage.database.transaction((transaction) => apply(transaction, events));
  const says = (timeZone: string, at: string, type = 'UserSignIn') => ({
    ...signIn(userId, new Date(at)),
    type,
    data: { timeZone },
  });
  const zones = () =>
    stage.query(
      `select time_zone as home, array(select z.time_zone from player_zone z where z.user_id = player.user_id order by begins_at) as lived
       from player where user_id = $1`,
      [userId],
    );
  await run(sayingNothing(userId));
  await run(says('Europe/Berlin', '2026-11-21T12:00:00Z'), sayingNothing(userId));
  await run(says('Asia/Tokyo', '2026-11-22T12:00:00Z'));
  expect(await zones()).toEqual([{ home: 'Europe/Berlin', lived: [] }]);
  await run(says('UTC', '2026-11-23T12:00:00Z', 'UserTimeZoneChanged'));
  expect(await zones()).toEqual([{ home: 'Europe/Berlin', lived: ['Europe/Berlin', 'UTC'] }]);
  // The first report comes last.
  await run(says('Europe/Paris', '2026-11-20T12:00:00Z', 'NewUserSignIn'));
  expect(await zones()).toEqual([{ home: 'Europe/Paris', lived: ['Europe/Paris', 'UTC'] }]);
});
