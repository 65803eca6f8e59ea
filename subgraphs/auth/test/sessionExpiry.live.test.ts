import { type Database, openDatabase } from '../../../shared/database/database.ts';
import { openLog } from '../../../shared/process/log.ts';
import { OutboxRow } from '../../../shared/delivery/outbox.ts';
import { until } from '../../../shared/testing/harness.ts';
import { authMigrations } from '../migrations/all.ts';
import { refreshSeconds } from '../sessions/session.rules.ts';
import { removeExpiredSessions, startSessionExpiry } from '../sessions/sessionExpiry.ts';
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

let drawn = 0;
const someone = () => auth.signInAsGuest({ deviceId: `a device of long ago ${++drawn}` });
const hours = (n: number) => new Date(Date.now() + n * 3_600_000);
const allExpired = refreshSeconds / 3600 + 2;
const stored = async (table: 'session' | 'refresh_token') =>
  (await auth.sql<{ n: number }>(`select count(*)::int as n from ${table}`))[0]!.n;

describe('sessions of long ago', () => {
  beforeEach(() => auth.sql('delete from session'));

  test('that nobody can renew are removed with their tokens, whether they were ended or not', async () => {
    const { refreshToken } = await someone();
    await auth.refresh(refreshToken);
    const { accessToken } = await someone();
    await auth.ask('mutation { signOut }', {}, accessToken);
    expect(await removeExpiredSessions(database, hours(allExpired))).toBe(2);
    expect([await stored('session'), await stored('refresh_token')]).toEqual([0, 0]);
    expect(await auth.tryRefresh(refreshToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('stay while one token of theirs is good', async () => {
    const { refreshToken } = await someone();
    await auth.sql(`update session set created_at = created_at - interval '1 year'`);
    await auth.sql(`update refresh_token set issued_at = issued_at - interval '29 days'`);
    const { refreshToken: next } = await auth.refresh(refreshToken);
    expect(await removeExpiredSessions(database, hours(0))).toBe(0);
    expect(await removeExpiredSessions(database, hours(allExpired - 2))).toBe(0);
    await auth.refresh(next);
    expect(await removeExpiredSessions(database, hours(allExpired))).toBe(1);
  });

  test('go by the thousand, by several processes at once, and nothing else goes with them', async () => {
    const { user } = await someone();
    await auth.sql(
      `insert into session (id, user_id, created_at)
       select gen_random_uuid(), $1, now() - interval '40 days' from generate_series(1, 2500)`,
      [user.id],
    );
    const cleaners = [1, 2].map(() => startSessionExpiry(database, () => new Date(), log, 20));
    try {
      await until(async () => (await stored('session')) === 1, 'those of long ago to be gone');
    } finally {
      await Promise.all(cleaners.map((cleaner) => cleaner.stop()));
    }
    expect(await auth.sql('select count(*)::int as n from users where id = $1', [user.id])).toEqual([{ n: 1 }]);
    expect(await stored('refresh_token')).toBe(1);
  });
});
