import { randomUUID } from 'node:crypto';
import { connect } from '../../../local/sql.ts';
import { until } from '../../../shared/testing/harness.ts';
import { type AuthDoor, openAuth } from './door.ts';

let auth: AuthDoor;
beforeAll(async () => {
  auth = await openAuth();
});
afterAll(() => auth.stop());

/** Another transaction that holds the row of a user until it is let go. */
async function hold(userId: string) {
  const other = await connect(auth.settings.databaseUrl);
  await other.query('begin');
  await other.query('select from users where id = $1 for update', [userId]);
  return async () => {
    await other.query('rollback');
    await other.end();
  };
}

test('a storm of sign-ins of somebody whose row is locked is told to come again, and holds nobody else up', async () => {
  const deviceId = randomUUID();
  const { user } = await auth.signInAsGuest({ deviceId });
  const letGo = await hold(user.id);
  const storm = Promise.all(Array.from({ length: 60 }, () => auth.tryGuest({ deviceId })));
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await until(async () => (await auth.sql(waiting)).length > 0, 'some wait for the row');
  const others = Array.from({ length: 10 }, () => auth.signInAsGuest({ deviceId: randomUUID() }));
  expect((await Promise.all(others)).map((other) => other.user.status)).toEqual(Array(10).fill('ACTIVE'));
  // The row is still locked, and everyone has an answer.
  for (const { code, retryAfterSeconds } of await storm) {
    expect(code).toBe('UNAVAILABLE');
    expect(retryAfterSeconds).toBeGreaterThan(0);
  }
  expect(await auth.sql(waiting)).toEqual([]);
  await letGo();
  await auth.signInAsGuest({ deviceId });
  const signIns = await auth.sql('select from sign_in where user_id = $1', [user.id]);
  expect(signIns).toHaveLength(2);
});

test('a refresh that has to wait for a locked session is told to come again, and its token is still good', async () => {
  const { refreshToken, user } = await auth.signInAsGuest({ deviceId: randomUUID() });
  const other = await connect(auth.settings.databaseUrl);
  await other.query('begin');
  await other.query('lock table session, refresh_token in access exclusive mode');
  expect(await auth.tryRefresh(refreshToken)).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 1 });
  await other.query('rollback');
  await other.end();
  expect((await auth.refresh(refreshToken)).user.id).toBe(user.id);
});
