import { randomUUID } from 'node:crypto';
import { type AuthDoor, goodPassword, openAuth } from './door.ts';

let auth: AuthDoor;
let operator: string;
beforeAll(async () => {
  auth = await openAuth();
  operator = (await auth.operator()).accessToken;
});
afterAll(() => auth.stop());

const newcomer = (name = `n${randomUUID().slice(0, 12)}`) => auth.signUp({ name });
const act = (action: 'banUser' | 'unbanUser', id: string, token?: string) =>
  auth.ask<Record<string, { status: string }>>(`mutation ($id: ID!) { ${action}(id: $id) { status } }`, { id }, token);
const read = (token: string, args = 'first: 100') =>
  auth.ask<{ auditLog: { nodes: { actorId: string; action: string; targetId: string; outcome: string }[] } }>(
    `{ auditLog(${args}) { nodes { actorId action targetId outcome } edges { node { id occurredAt requestId } } pageInfo { hasNextPage endCursor } } }`,
    {},
    token,
  );

test('a ban ends every session and keeps the user out until it is lifted; the sessions stay ended', async () => {
  const { user, accessToken, refreshToken } = await newcomer();
  expect((await act('banUser', user.id, operator)).data).toEqual({ banUser: { status: 'BANNED' } });
  expect((await auth.me(accessToken)).code).toBe('UNAUTHENTICATED');
  expect((await auth.tryIn({ name: user.name, password: goodPassword })).code).toBe('FORBIDDEN');

  expect((await act('unbanUser', user.id, operator)).data).toEqual({ unbanUser: { status: 'ACTIVE' } });
  expect((await auth.tryIn({ name: user.name, password: goodPassword })).code).toBeUndefined();
  expect((await auth.me(accessToken)).code).toBe('UNAUTHENTICATED');
  expect((await auth.tryRefresh(refreshToken)).code).toBe('UNAUTHENTICATED');
});

test('lifting a ban that is not there changes nothing', async () => {
  const { user } = await newcomer();
  expect((await act('unbanUser', user.id, operator)).data).toEqual({ unbanUser: { status: 'ACTIVE' } });
});

test('what operators do and what others try is on record, newest first, for operators to read', async () => {
  const [{ user }, another] = [await newcomer(), await newcomer()];
  expect((await act('banUser', user.id, another.accessToken)).code).toBe('FORBIDDEN');
  await act('banUser', user.id, operator);
  const { data } = await read(operator, 'first: 2');
  const me = (await auth.me(operator)).data!.me!.id;
  expect(data!.auditLog.nodes).toEqual([
    { actorId: me, action: 'BAN_USER', targetId: user.id, outcome: 'DONE' },
    { actorId: another.user.id, action: 'BAN_USER', targetId: user.id, outcome: 'REFUSED' },
  ]);
  expect((await read(another.accessToken)).code).toBe('FORBIDDEN');
});

test('an action that fails leaves no entry that says it was done', async () => {
  const id = randomUUID();
  expect((await act('banUser', id, operator)).code).toBe('NOT_FOUND');
  expect((await read(operator)).data!.auditLog.nodes.filter(({ targetId }) => targetId === id)).toEqual([]);
});

test('the record only grows', async () => {
  await act('banUser', (await newcomer()).user.id, operator);
  for (const statement of [`update audit set action = ''`, 'delete from audit'])
    await expect(auth.sql(statement)).rejects.toThrow('the audit log only grows');
});

test('a refresh token that is used again after its grace is on record', async () => {
  const { refreshToken } = await newcomer();
  await auth.refresh(refreshToken);
  await auth.sql(`update refresh_token set used_at = used_at - interval '1 minute' where used_at is not null`);
  expect((await auth.tryRefresh(refreshToken)).code).toBe('UNAUTHENTICATED');
  expect((await read(operator, 'first: 1')).data!.auditLog.nodes).toMatchObject([
    { actorId: null, action: 'REUSE_REFRESH_TOKEN', outcome: 'REFUSED' },
  ]);
});

describe('a guest who takes a name', () => {
  const upgrade = (token: string | undefined, input: object) =>
    auth.ask<{ upgradeGuest: { id: string; name: string } }>(
      'mutation ($input: UpgradeGuestInput!) { upgradeGuest(input: $input) { id name } }',
      { input: { password: goodPassword, ...input } },
      token,
    );
  const guest = async () => {
    const deviceId = randomUUID();
    return { deviceId, ...(await auth.signInAsGuest({ deviceId })) };
  };

  test('stays the same user, signs in by password from then on, and no more by the device', async () => {
    const { deviceId, accessToken, user } = await guest();
    const name = `n${randomUUID().slice(0, 12)}`;
    expect((await upgrade(accessToken, { name })).data).toEqual({ upgradeGuest: { id: user.id, name } });
    expect((await auth.me(accessToken)).data!.me!.id).toBe(user.id);
    expect((await auth.signIn({ name })).user.id).toBe(user.id);
    expect((await auth.signInAsGuest({ deviceId })).user.id).not.toBe(user.id);
  });

  test('cannot take a name that is taken, nor one of guests, nor a weak password, nor take one twice', async () => {
    const { accessToken } = await guest();
    const { user } = await newcomer();
    expect((await upgrade(accessToken, { name: user.name.toUpperCase() })).code).toBe('CONFLICT');
    expect((await upgrade(accessToken, { name: 'guest-of-honour' })).code).toBe('BAD_USER_INPUT');
    expect((await upgrade(accessToken, { name: 'somebody-else', password: 'password' })).code).toBe('BAD_USER_INPUT');
    expect((await upgrade(undefined, { name: 'somebody-else' })).code).toBe('UNAUTHENTICATED');
    expect((await upgrade(accessToken, { name: 'somebody-else' })).code).toBeUndefined();
    expect((await upgrade(accessToken, { name: 'again' })).code).toBe('CONFLICT');
  });
});

describe('operators', () => {
  /** One with the password of the demo users. */
  const anotherOperator = async () => {
    const name = `op${randomUUID().slice(0, 10)}`;
    await auth.sql(
      `insert into users (id, name, status, roles, time_zone, password_hash, created_at)
       select gen_random_uuid(), $1, 'NEW', roles, time_zone, password_hash, now() from users where name = 'operator'`,
      [name],
    );
    return auth.signIn({ name, password: 'password' });
  };
  const idOf = async (token: string) => (await auth.me(token)).data!.me!.id;

  test('never ban themselves', async () => {
    const own = await idOf(operator);
    for (const id of [own, own.toUpperCase()])
      expect(await act('banUser', id, operator)).toMatchObject({
        code: 'CONFLICT',
        message: 'Nobody can ban themselves.',
      });
    const other = await anotherOperator();
    expect((await act('banUser', own, operator)).code).toBe('CONFLICT');
    expect((await act('banUser', other.user.id, operator)).data).toEqual({ banUser: { status: 'BANNED' } });
  });

  test('two who ban each other at once are never both banned', async () => {
    const [one, other] = [await anotherOperator(), await anotherOperator()];
    // Nobody else is left to lift a ban.
    await auth.sql(`update users set status = 'BANNED' where name = 'operator'`);
    try {
      const answers = await Promise.all([
        act('banUser', other.user.id, one.accessToken),
        act('banUser', one.user.id, other.accessToken),
      ]);
      const left = await auth.sql(`select from users where 'OPERATOR' = any (roles) and status <> 'BANNED'`);
      expect(left).toHaveLength(1);
      expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
      expect(['CONFLICT', 'UNAUTHENTICATED']).toContain(answers.find(({ code }) => code)!.code);
    } finally {
      await auth.sql(`update users set status = 'ACTIVE' where name = 'operator'`);
    }
  });
});
