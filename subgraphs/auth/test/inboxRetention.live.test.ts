import { type Database, openDatabase } from '../../../shared/database/database.ts';
import { inboxDaysOf, startInboxRetention } from '../../../shared/delivery/inboxRetention.ts';
import { openLog } from '../../../shared/process/log.ts';
import { OutboxRow } from '../../../shared/delivery/outbox.ts';
import { until } from '../../../shared/testing/harness.ts';
import { authMigrations } from '../migrations/all.ts';
import { type AuthDoor, openAuth } from './door.ts';

const log = openLog('auth', 'silent');
let auth: AuthDoor;
let database: Database;
beforeAll(async () => {
  auth = await openAuth();
  database = await openDatabase({
    url: auth.settings.databaseUrl,
    subgraph: 'auth',
    entities: [OutboxRow],
    migrations: authMigrations,
    log,
  });
});
afterAll(async () => {
  await database?.close();
  await auth?.stop();
});

test('entries of the inbox of auth go once they were kept long enough, and no earlier', async () => {
  await auth.sql(
    `insert into inbox (source, event_id, received_on) select 'catalog', n::text, current_date - n from generate_series(1, 12000) n`,
  );
  const { stop } = startInboxRetention(database, 45, log);
  const left = async () => (await auth.sql<{ n: number }>('select count(*)::int as n from inbox'))[0]!.n;
  await until(async () => (await left()) <= 46, 'the old entries to go');
  await stop();
  expect(await left()).toBeGreaterThanOrEqual(44);
});

test('they are kept for longer than an event may take to come again', () => {
  expect([inboxDaysOf({}), inboxDaysOf({ INBOX_KEPT_DAYS: '31' })]).toEqual([45, 31]);
  expect(() => inboxDaysOf({ INBOX_KEPT_DAYS: '30' })).toThrow(/INBOX_KEPT_DAYS/);
});
