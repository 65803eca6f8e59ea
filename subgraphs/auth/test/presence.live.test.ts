import { randomUUID } from 'node:crypto';
import { startAuth } from '../subgraph.ts';
import { type AuthDoor, openAuth } from './door.ts';

/** Sessions live by the real time, days by the clock of the game. */
let now = new Date('2026-06-01T08:00:00Z');
const clock = () => now;

let auth: AuthDoor;
beforeAll(async () => (auth = await openAuth({ clock })));
beforeEach(() => void (now = new Date('2026-06-01T08:00:00Z')));
afterAll(() => auth.stop());

interface Sent {
  id: string;
  occurredAt: string;
  data: { timeZone: string };
}
const sentOf = async (userId: string, type = 'UserActive') => {
  const found = await auth.sql<{ envelope: string }>(
    `select envelope from outbox where envelope::json->>'userId' = $1 and envelope::json->>'type' = $2 order by number`,
    [userId, type],
  );
  return found.map(({ envelope }) => JSON.parse(envelope) as Sent);
};
const daysOf = async (userId: string) => (await sentOf(userId)).map(({ occurredAt }) => occurredAt.slice(0, 13));
/** Which version of the user's row it is: another one after each write. */
const rowOf = async (userId: string) =>
  (await auth.sql<{ xmin: string }>('select xmin::text from users where id = $1', [userId]))[0]!.xmin;
const guest = (timeZone = 'UTC') => auth.signInAsGuest({ deviceId: randomUUID(), timeZone });

test('a sign-in tells that the player is there, once a day, beside itself', async () => {
  const input = { deviceId: randomUUID(), timeZone: 'Europe/Berlin' };
  const { user } = await auth.signInAsGuest(input);
  await auth.signInAsGuest(input);
  expect(await sentOf(user.id)).toEqual([
    expect.objectContaining({ source: 'auth', occurredAt: now.toISOString(), data: { timeZone: 'Europe/Berlin' } }),
  ]);
  now = new Date('2026-06-01T22:00:00Z'); // midnight in Berlin
  await auth.signInAsGuest(input);
  expect(await daysOf(user.id)).toEqual(['2026-06-01T08', '2026-06-01T22']);
  expect(await sentOf(user.id, 'UserSignIn')).toHaveLength(2);
});

test('a player who stays signed in is there each day on which the session is renewed, and no sign-in is made of it', async () => {
  const { user, refreshToken: first } = await guest();
  let refreshToken = first;
  for (const hour of ['01T12', '01T23', '02T00', '02T12', '04T09']) {
    now = new Date(`2026-06-${hour}:00:00Z`);
    ({ refreshToken } = await auth.refresh(refreshToken));
  }
  expect(await daysOf(user.id)).toEqual(['2026-06-01T08', '2026-06-02T00', '2026-06-04T09']);
  expect(await sentOf(user.id, 'UserSignIn')).toEqual([]);
});

test('what comes later on the same day writes nothing more about the player', async () => {
  const { user, refreshToken } = await guest();
  const before = await rowOf(user.id);
  now = new Date('2026-06-01T20:00:00Z');
  await auth.refresh(refreshToken);
  expect(await rowOf(user.id)).toBe(before);
});

test('two processes that renew sessions of one player at once tell it once, by an id that follows from player and day', async () => {
  const name = `twice-${randomUUID().slice(0, 8)}`;
  const { user } = await auth.signUp({ name });
  const sessions = await Promise.all(Array.from({ length: 8 }, () => auth.signIn({ name })));
  const other = await startAuth(auth.settings);
  now = new Date('2026-06-02T08:00:00Z');
  const answers = await Promise.all(
    sessions.map(async ({ refreshToken }, n) => {
      const response = await fetch(n % 2 ? auth.url : other.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-gateway-secret': auth.gatewaySecret },
        body: JSON.stringify({ query: `mutation { refreshSession(refreshToken: "${refreshToken}") { user { id } } }` }),
      });
      return (await response.json()) as { data: { refreshSession: { user: { id: string } } } };
    }),
  );
  expect(answers.map(({ data }) => data.refreshSession.user.id)).toEqual(Array(8).fill(user.id));
  expect((await sentOf(user.id)).map(({ id }) => id)).toEqual([`${user.id}:20605`, `${user.id}:20606`]);
  await other.stop();
});

test('a token that is refused is nobody’s day', async () => {
  const { user, refreshToken } = await guest();
  await auth.sql(`update session set ended_at = $2, ended_by = 'SIGNED_OUT' where user_id = $1`, [user.id, now]);
  now = new Date('2026-06-02T08:00:00Z');
  expect(await auth.tryRefresh(refreshToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await auth.tryRefresh('no such token')).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await daysOf(user.id)).toEqual(['2026-06-01T08']);
});

test('an operator does no quests and has no days', async () => {
  const { user, refreshToken } = await auth.operator();
  await auth.refresh(refreshToken);
  expect(await sentOf(user.id)).toEqual([]);
  expect(await auth.sql('select active_day from users where id = $1', [user.id])).toEqual([{ active_day: null }]);
});

test('an event that cannot be stored takes the renewal back with it, and comes with the next try', async () => {
  const { user, refreshToken } = await guest();
  now = new Date('2026-06-02T08:00:00Z');
  await auth.sql(
    `alter table outbox add constraint no_luck check (envelope::json->>'userId' <> '${user.id}') not valid`,
  );
  expect(await auth.tryRefresh(refreshToken)).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  await auth.sql('alter table outbox drop constraint no_luck');
  now = new Date('2026-06-02T08:01:00Z'); // after the grace of a token that was used
  await auth.refresh(refreshToken);
  expect(await daysOf(user.id)).toEqual(['2026-06-01T08', '2026-06-02T08']);
});

test('who moves on a day begins the next one when progress does: after the end that was shown', async () => {
  const { user, accessToken, refreshToken } = await guest();
  now = new Date('2026-06-01T12:00:00Z');
  const move = 'mutation ($zone: String!) { changeTimeZone(timeZone: $zone) { timeZone } }';
  for (const zone of ['Pacific/Honolulu', 'Pacific/Kiritimati'])
    expect((await auth.ask(move, { zone }, accessToken)).code).toBeUndefined();
  now = new Date('2026-06-02T09:59:59Z'); // The first of June is over in Honolulu at ten.
  const next = await auth.refresh(refreshToken);
  expect(await daysOf(user.id)).toEqual(['2026-06-01T08']);
  now = new Date('2026-06-02T10:00:00Z');
  await auth.refresh(next.refreshToken);
  expect(await daysOf(user.id)).toEqual(['2026-06-01T08', '2026-06-02T10']);
});

test('who moves on a day on which nobody knew of them was there on it', async () => {
  const { user, accessToken } = await guest();
  now = new Date('2026-06-02T00:01:00Z'); // The access token still opens doors.
  await auth.ask('mutation { changeTimeZone(timeZone: "Europe/Berlin") { timeZone } }', {}, accessToken);
  expect(await sentOf(user.id)).toMatchObject([{}, { id: `${user.id}:20606`, data: { timeZone: 'UTC' } }]);
});
