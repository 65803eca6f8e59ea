import { randomUUID } from 'node:crypto';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { wallClock } from '../../../shared/clock.ts';
import { type Transaction, openDatabase, rows } from '../../../shared/database/database.ts';
import { type EventEnvelope, event } from '../../../shared/events.ts';
import { OutboxRow } from '../../../shared/delivery/outbox.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { testDatabase, until } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { eventApplier } from '../apply.ts';
import type { Timeline } from '../calendar/calendar.rules.ts';
import { findTimelines } from '../calendar/timelineStore.ts';
import { definitionReader } from '../definitions/definitionStore.ts';
import { progressMigrations } from '../migrations/all.ts';
import { invariants } from '../operations/invariants.ts';
import { defined, log, seal, signIn, stageForTests } from './stage.ts';
import { objective, questOf, questTerms } from './terms.ts';

const carrier = localCarrier();
const stage = stageForTests(carrier);
const operator = tokenFor({ id: randomUUID(), roles: ['OPERATOR'] });

const apply = async (...events: EventEnvelope[]) => {
  const applier = eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock });
  await stage.database.transaction((transaction) => applier(transaction, events));
};
const came = (type: string, userId: string, at: string) => ({
  ...signIn(userId, new Date(at)),
  type,
  source: 'service:game',
  data: null,
});
const was = (userId: string, timeZone: string, at: string) => ({ ...signIn(userId, new Date(at)), data: { timeZone } });
const moves = (userId: string, timeZone: string, at: string) =>
  event('UserTimeZoneChanged', { id: randomUUID(), source: 'auth', userId, occurredAt: new Date(at) }, { timeZone });

const spansOf = async (userId: string) =>
  (await stage.query<{ span: number }>('select span from active_span where user_id = $1 order by span', [userId])).map(
    ({ span }) => new Date(span * 86_400_000).toISOString().slice(5, 10),
  );
const completionsOf = async ({ questId }: QuestTerms, userId: string) =>
  (
    await stage.query<{ completed_at: string }>(
      'select completed_at from completion where quest_id = $1 and user_id = $2 order by number',
      [questId, userId],
    )
  ).map(({ completed_at }) => new Date(completed_at).toISOString());
const zoneNow = async (userId: string) => {
  const timelineOf = await findTimelines(stage.database.fork(), [userId]);
  return timelineOf(userId).at(-1)!.timeZone;
};
const contradicted = async () => {
  const found: string[] = [];
  // The events of these tests came by no inbox.
  for (const { name, statement } of invariants)
    if (!name.startsWith('I8') && (await stage.query(statement)).length > 0) found.push(name);
  return found;
};
afterEach(async () => expect(await contradicted()).toEqual([]));

/** Who leaves the last place on earth for the first one has the second of March, and then the fourth and the fifth. */
const [west, east] = ['Etc/GMT+12', 'Pacific/Kiritimati'];
const leaves = (userId: string) => moves(userId, east, '2026-03-02T20:00:00Z');
const [second, fourth, fifth] = ['2026-03-02T21:00:00Z', '2026-03-03T13:00:00Z', '2026-03-04T11:00:00Z'];

const daily = () => questTerms({ trigger: `Came${randomUUID().slice(0, 8)}`, period: 'DAY', duplication: 9 });

test('a zone change in time fills the days on which the player came', async () => {
  const [quest, userId] = [daily(), randomUUID()];
  await apply(defined(quest), was(userId, west, '2026-03-01T20:00:00Z'), leaves(userId));
  for (const at of [second, fourth, fifth]) await apply(came(quest.trigger, userId, at));
  expect(await spansOf(userId)).toEqual(['03-02', '03-04', '03-05']);
  expect(await completionsOf(quest, userId)).toEqual([new Date(fifth).toISOString()]);
  expect(await stage.count('player where user_id = $1 and is_recounted', [userId])).toBe(0);
});

test('a zone change arriving after later events fills those days too, takes nothing back, and the next event completes', async () => {
  const [quest, userId] = [daily(), randomUUID()];
  await apply(defined(quest), was(userId, west, '2026-03-01T20:00:00Z'));
  for (const at of [second, fourth, fifth]) await apply(came(quest.trigger, userId, at));
  expect(await spansOf(userId)).toEqual(['03-02', '03-03']);
  await apply(leaves(userId));
  expect(await spansOf(userId)).toEqual(['03-02', '03-03', '03-04', '03-05']);
  expect(await completionsOf(quest, userId)).toEqual([]);
  // On a day that is filled already.
  await apply(came(quest.trigger, userId, '2026-03-04T12:00:00Z'));
  expect(await completionsOf(quest, userId)).toEqual(['2026-03-04T12:00:00.000Z']);
  await apply(leaves(userId));
  expect(await spansOf(userId)).toEqual(['03-02', '03-03', '03-04', '03-05']);
});

test('what is missing of a player who was counted again is still found', async () => {
  const undo = new Error('undo');
  const found: string[] = [];
  await stage.database
    .transaction(async (transaction) => {
      await rows(
        transaction,
        'delete from active_span where user_id in (select user_id from player where is_recounted)',
      );
      for (const { name, statement } of invariants)
        if ((await rows(transaction, statement)).length > 0) found.push(name);
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  expect(found).toContain('I1 periods');
});

test('a week that had come so far has come as far, and the week in which it was counts too', async () => {
  const type = `Won${randomUUID().slice(0, 8)}`;
  const change = { every: 'WEEK', duplication: 1 } as const;
  const [count, sum] = [
    questOf([objective('wins', type, { target: 2 })], change),
    questOf([objective('points', type, { measure: 'SUM', of: 'points', target: 40 })], change),
  ];
  const different = questOf([objective('bosses', type, { measure: 'DISTINCT', of: 'boss', target: 2 })], change);
  const userId = randomUUID();
  const wins = (at: string, boss: string) => ({ ...came(type, userId, at), data: { points: 15, boss } });
  await apply(defined(count), defined(sum), defined(different), was(userId, west, '2026-03-01T20:00:00Z'));
  // A Sunday evening in the west is a Monday night in the east, and the day after is Tuesday there.
  await apply(wins('2026-03-09T09:00:00Z', 'hydra'), wins('2026-03-09T10:00:00Z', 'kraken'));
  const valuesOf = async () => {
    const found = await stage.query<{ bucket: number; values: string }>(
      `select bucket, string_agg(value::text, ' ' order by value) as values from measure_value where user_id = $1 and bucket > 0 group by 1 order by 1`,
      [userId],
    );
    return Object.fromEntries(found.map(({ bucket, values }) => [bucket, values]));
  };
  const before = await valuesOf();
  expect(Object.values(before)).toEqual(['2 2 30']);
  await apply(leaves(userId));
  const [week] = Object.keys(before);
  expect(await valuesOf()).toEqual({ ...before, [Number(week) + 1]: '2 2 30' });
  expect([await completionsOf(count, userId), await completionsOf(different, userId)]).toEqual([
    ['2026-03-09T10:00:00.000Z'],
    ['2026-03-09T10:00:00.000Z'],
  ]);
  await apply(wins('2026-03-10T12:00:00Z', 'hydra'));
  expect(await completionsOf(count, userId)).toHaveLength(2);
  expect(await completionsOf(sum, userId)).toEqual(['2026-03-10T12:00:00.000Z']);
});

test('a zone change that is replayed from dead letters days later leaves the player where later moves have gone', async () => {
  const [quest, userId] = [daily(), randomUUID()];
  const lost = moves(userId, 'Asia/Tokyo', '2026-03-05T12:00:00Z');
  const put = (one: EventEnvelope) =>
    carrier.publish('auth:all', [{ id: one.id, sealed: seal.close('auth', JSON.stringify(one)) }]);
  const applied = (one: EventEnvelope) =>
    until(async () => (await stage.count('event where id = $1', [one.id])) === 1, `${one.type} to be applied`);
  await apply(defined(quest), was(userId, 'Europe/Berlin', '2026-03-01T12:00:00Z'));
  await stage.query(`alter table zone_move add constraint none check (time_zone <> 'Asia/Tokyo')`);
  await put(lost);
  const letter = await until(async () => {
    const sql = 'select id from dead_letter where event_id = $1';
    return (await stage.query<{ id: string }>(sql, [lost.id]))[0];
  }, 'the move to be set aside');

  const later = moves(userId, 'America/New_York', '2026-03-08T12:00:00Z');
  await put(later);
  await applied(later);
  await apply(came(quest.trigger, userId, '2026-03-06T20:00:00Z'), came(quest.trigger, userId, '2026-03-12T02:00:00Z'));
  expect(await spansOf(userId)).toEqual(['03-06', '03-11']);

  await stage.query('alter table zone_move drop constraint none');
  await stage.ask('mutation ($id: ID!) { replayDeadLetter(id: $id) }', { id: letter.id }, operator);
  await applied(lost);
  expect(await zoneNow(userId)).toBe('America/New_York');
  // In Tokyo it was the 7th; nothing has changed in New York.
  expect(await spansOf(userId)).toEqual(['03-06', '03-07', '03-11']);
  const sql = `select time_zone, moved_at::text from zone_move where user_id = $1 order by moved_at`;
  expect((await stage.query<{ time_zone: string }>(sql, [userId])).map((one) => one.time_zone)).toEqual([
    'Asia/Tokyo',
    'America/New_York',
  ]);
});

test('a database of before keeps its calendars', async () => {
  const before = progressMigrations.slice(
    0,
    progressMigrations.findIndex(({ name }) => name === 'progress-015-zone-facts'),
  );
  const open = (url: string, migrations: typeof progressMigrations) =>
    openDatabase({ url, subgraph: 'progress', entities: [OutboxRow], migrations, log });
  const [stayed, moved] = [randomUUID(), randomUUID()];
  const { url, drop } = await testDatabase('progress_before_zones', async (to) => (await open(to, before)).close());
  const old = await open(url, before);
  await rows(old.fork(), `insert into player (user_id, time_zone) values ($1, 'Asia/Tokyo'), ($2, 'UTC')`, [
    stayed,
    moved,
  ]);
  await rows(
    old.fork(),
    `insert into player_zone (user_id, begins_at, time_zone, first_day) values ($1, '-infinity', 'Etc/GMT+12', null),
       ($1, '2026-03-03T12:00:00Z', 'Pacific/Kiritimati', 20514), ($1, '2026-04-01T10:00:00Z', 'UTC', 20544)`,
    [moved],
  );
  const timelines = async (em: Transaction): Promise<Timeline[]> => {
    const timelineOf = await findTimelines(em, [stayed, moved]);
    return [timelineOf(stayed), timelineOf(moved)];
  };
  const known = await timelines(old.fork());
  await old.close();
  const database = await open(url, progressMigrations);
  expect(await timelines(database.fork())).toEqual(known);
  // A further move finds what was carried over.
  const applier = eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock });
  await database.transaction((transaction) =>
    applier(transaction, [moves(moved, 'Asia/Tokyo', '2026-05-01T12:00:00Z')]),
  );
  const [, after] = await timelines(database.fork());
  expect(after!.slice(0, 3)).toEqual(known[1]);
  expect(after).toHaveLength(4);
  await database.close();
  await drop();
});
