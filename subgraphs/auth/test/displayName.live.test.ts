import { randomUUID } from 'node:crypto';
import { openDatabase } from '../../../shared/database/database.ts';
import { openLog } from '../../../shared/process/log.ts';
import { OutboxRow } from '../../../shared/delivery/outbox.ts';
import { testDatabase } from '../../../shared/testing/harness.ts';
import { connect } from '../../../local/sql.ts';
import { authMigrations } from '../migrations/all.ts';
import { type AuthDoor, goodPassword, openAuth } from './door.ts';

let auth: AuthDoor;
beforeAll(async () => (auth = await openAuth()));
afterAll(() => auth.stop());

const newName = () => `n${randomUUID().slice(0, 12)}`;
const change = (displayName: string, token?: string) =>
  auth.ask<{ user: { displayName: string } }>(
    'mutation ($displayName: String!) { user: changeDisplayName(displayName: $displayName) { displayName } }',
    { displayName },
    token,
  );
const shownTo = async (id: string, token?: string) => {
  const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { displayName } } }';
  const { data } = await auth.ask<{ _entities: { displayName: string }[] }>(
    query,
    { r: [{ __typename: 'User', id }] },
    token,
  );
  return data!._entities[0]!.displayName;
};

test('a player is shown by the sign-in name until another is chosen, and everyone sees it', async () => {
  const name = newName();
  const { user, accessToken } = await auth.signUp({ name });
  expect(await shownTo(user.id)).toBe(name);
  expect((await change('  Zoe\u0308 🎯 ', accessToken)).data).toEqual({ user: { displayName: 'Zoë 🎯' } });
  expect(await shownTo(user.id)).toBe('Zoë 🎯');
  expect((await auth.signIn({ name })).user.name).toBe(name);
});

test('it may be chosen at sign-up, also one that another player has', async () => {
  const signUp = (displayName: string) => auth.signUp({ name: newName(), displayName });
  const [one, other] = [await signUp('山田太郎'), await signUp('山田太郎')];
  expect(await shownTo(one.user.id)).toBe(await shownTo(other.user.id));
});

test('a guest has a readable one, and keeps a chosen one when the guest takes a name', async () => {
  const { user, accessToken } = await auth.signInAsGuest({ deviceId: randomUUID() });
  expect(await shownTo(user.id)).toMatch(/^Guest [A-Z\d]{4}$/);
  await change('Wanderer', accessToken);
  const upgrade = 'mutation ($input: UpgradeGuestInput!) { upgradeGuest(input: $input) { displayName } }';
  const input = { name: newName(), password: goodPassword };
  expect((await auth.ask(upgrade, { input }, accessToken)).data).toEqual({ upgradeGuest: { displayName: 'Wanderer' } });
});

test.each(['', '\u200b', 'a\nb', '\u202eevil', 'x'.repeat(41), 'half \ud83c', 'nul\0', 'x'.repeat(1_000_000)])(
  '%.20j is BAD_USER_INPUT and changes nothing',
  async (displayName) => {
    const name = newName();
    const { user, accessToken } = await auth.signUp({ name });
    expect(await change(displayName, accessToken)).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await auth.tryUp({ name: newName(), password: goodPassword, displayName })).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    expect(await shownTo(user.id)).toBe(name);
  },
);

test('nobody changes it without a session', async () => {
  expect(await change('Nobody')).toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('users of the version before are shown by their sign-in names', async () => {
  const log = openLog('auth', 'silent');
  const upTo = authMigrations.findIndex(({ name }) => name === 'auth-006-presence');
  const opened = (url: string, migrations: typeof authMigrations) =>
    openDatabase({ url, subgraph: 'auth', entities: [OutboxRow], migrations, log });
  const { url, drop } = await testDatabase('auth_before', async (template) =>
    (await opened(template, authMigrations.slice(0, upTo))).close(),
  );
  const before = await connect(url);
  const id = randomUUID();
  await before.query(
    `insert into users (id, name, status, roles, time_zone, device_hash, created_at)
     values ($1, 'guest-k3xy2abc', 'ACTIVE', '{PLAYER}', 'UTC', repeat('x', 43), now())`,
    [id],
  );
  await before.end();
  const later = await openAuth({ databaseUrl: url });
  const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { name displayName } } }';
  const { data } = await later.ask(query, { r: [{ __typename: 'User', id }] });
  expect(data).toEqual({ _entities: [{ name: 'guest-k3xy2abc', displayName: 'Guest K3XY' }] });
  await later.stop();
  await drop();
});
