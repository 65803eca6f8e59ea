import { randomUUID } from 'node:crypto';
import { until } from '../../../shared/testing/harness.ts';
import { type AuthDoor, goodPassword, openAuth } from './door.ts';

let auth: AuthDoor;
beforeAll(async () => (auth = await openAuth()));
afterAll(() => auth.stop());

let drawn = 0;
const newcomer = () => auth.signUp({ name: `player${++drawn}` });
const sidOf = (accessToken: string): string =>
  JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()).sid;
const liveTokens = (sessionId: string) =>
  auth.sql(
    'select 1 from refresh_token join session on id = session_id where id = $1 and used_at is null and ended_at is null',
    [sessionId],
  );
/** As if the exchange had been that long ago. */
const age = (sessionId: string, seconds: number) =>
  auth.sql(`update refresh_token set used_at = used_at - make_interval(secs => $2) where session_id = $1`, [
    sessionId,
    seconds,
  ]);

const signOut = 'mutation ($everywhere: Boolean) { signOut(everywhere: $everywhere) }';
const changePassword = 'mutation ($i: ChangePasswordInput!) { changePassword(input: $i) { name } }';
const banUser = 'mutation ($id: ID!) { banUser(id: $id) { status } }';

describe('a refresh token', () => {
  test('is exchanged for a session of the same user and family', async () => {
    const first = await newcomer();
    const second = await auth.refresh(first.refreshToken);
    expect(second.user).toEqual(first.user);
    expect(sidOf(second.accessToken)).toBe(sidOf(first.accessToken));
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect((await auth.me(second.accessToken)).data).toEqual({ me: { id: first.user.id } });
  });

  test('is stored as a hash alone', async () => {
    const { refreshToken, accessToken } = await newcomer();
    const rows = await auth.sql('select refresh_token::text from refresh_token where session_id = $1', [
      sidOf(accessToken),
    ]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(refreshToken);
  });

  test('that is used twice within the grace gives the same successor', async () => {
    const { refreshToken } = await newcomer();
    const answers = [await auth.refresh(refreshToken), await auth.refresh(refreshToken)];
    expect(answers[0]!.refreshToken).toBe(answers[1]!.refreshToken);
    await auth.refresh(answers[0]!.refreshToken);
  });

  test('that is used twenty times at once has exactly one successor, which works', async () => {
    const { refreshToken, accessToken } = await newcomer();
    const answers = await Promise.all(Array.from({ length: 20 }, () => auth.refresh(refreshToken)));
    const successors = new Set(answers.map((answer) => answer.refreshToken));
    expect(successors.size).toBe(1);
    expect(await liveTokens(sidOf(accessToken))).toHaveLength(1);
    await auth.refresh([...successors][0]!);
    expect(await liveTokens(sidOf(accessToken))).toHaveLength(1);
  });

  test('whose successor was used is refused within the grace, and the session goes on', async () => {
    const first = await newcomer();
    const second = await auth.refresh(first.refreshToken);
    const third = await auth.refresh(second.refreshToken);
    expect(await auth.tryRefresh(first.refreshToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
    await auth.refresh(third.refreshToken);
  });

  test('that comes back after the grace ends the session for both who hold it', async () => {
    const stolen = await newcomer();
    const renewed = await auth.refresh(stolen.refreshToken);
    await age(sidOf(stolen.accessToken), 11);
    const refused = await auth.tryRefresh(stolen.refreshToken);
    expect(refused).toMatchObject({
      data: null,
      code: 'UNAUTHENTICATED',
      message: 'This session has ended. Sign in again.',
    });
    expect(await auth.tryRefresh(renewed.refreshToken)).toEqual(refused);
    expect(await auth.me(renewed.accessToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await liveTokens(sidOf(stolen.accessToken))).toEqual([]);
  });

  test('that has expired is refused', async () => {
    const { refreshToken, accessToken } = await newcomer();
    await auth.sql(
      `update refresh_token set issued_at = issued_at - interval '30 days', expires_at = expires_at - interval '30 days'
       where session_id = $1`,
      [sidOf(accessToken)],
    );
    expect(await auth.tryRefresh(refreshToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test.each(['', 'nonsense', 'x'.repeat(100_000), 'nul\0'])(
    'that was never issued is refused: %.12j',
    async (token) => {
      expect(await auth.tryRefresh(token)).toMatchObject({ code: 'UNAUTHENTICATED' });
    },
  );

  test('an access token is none', async () => {
    const { accessToken } = await newcomer();
    expect(await auth.tryRefresh(accessToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

test('the database itself refuses a second live token of a session', async () => {
  const { accessToken } = await newcomer();
  const second = auth.sql(
    `insert into refresh_token (token_hash, session_id, issued_at, expires_at) values ($1, $2, now(), now() + interval '1 day')`,
    ['x'.repeat(43), sidOf(accessToken)],
  );
  await expect(second).rejects.toThrow('refresh_token_one_live');
});

describe('signing out', () => {
  test('ends the session and no other, and has nothing left to end the second time', async () => {
    const here = await newcomer();
    const there = await auth.signIn({ name: here.user.name });
    expect(await auth.ask(signOut, {}, here.accessToken)).toMatchObject({ data: { signOut: true } });
    expect(await auth.ask(signOut, {}, here.accessToken)).toMatchObject({ data: { signOut: false } });
    expect(await auth.me(here.accessToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await auth.tryRefresh(here.refreshToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
    await auth.refresh(there.refreshToken);
  });

  test('everywhere ends all sessions of the user and of nobody else', async () => {
    const [here, stranger] = [await newcomer(), await newcomer()];
    const there = await auth.signIn({ name: here.user.name });
    expect(await auth.ask(signOut, { everywhere: true }, here.accessToken)).toMatchObject({ data: { signOut: true } });
    expect(await auth.tryRefresh(there.refreshToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
    await auth.refresh(stranger.refreshToken);
  });

  test('everywhere with the token of an ended session ends nothing', async () => {
    const here = await newcomer();
    const there = await auth.signIn({ name: here.user.name });
    await auth.ask(signOut, {}, here.accessToken);
    expect(await auth.ask(signOut, { everywhere: true }, here.accessToken)).toMatchObject({ data: { signOut: false } });
    await auth.refresh(there.refreshToken);
  });

  test('needs someone who is signed in', async () => {
    expect(await auth.ask(signOut)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('changing the password', () => {
  const newPassword = 'staple of another battery';

  test('ends every other session, and from then on the new password alone signs in', async () => {
    const here = await newcomer();
    const there = await auth.signIn({ name: here.user.name });
    const i = { oldPassword: goodPassword, newPassword };
    expect(await auth.ask(changePassword, { i }, here.accessToken)).toMatchObject({ code: undefined });
    expect(await auth.tryRefresh(there.refreshToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await auth.me(there.accessToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
    await auth.refresh(here.refreshToken);
    expect(await auth.tryIn({ name: here.user.name, password: goodPassword })).toMatchObject({
      code: 'INVALID_CREDENTIALS',
    });
    await auth.signIn({ name: here.user.name, password: newPassword });
  });

  test.each([
    ['a wrong old password', { oldPassword: 'not the old one', newPassword }, 'INVALID_CREDENTIALS'],
    ['a new password that everyone has', { oldPassword: goodPassword, newPassword: 'password123' }, 'BAD_USER_INPUT'],
  ])('refuses %s and ends nothing', async (_, i, code) => {
    const here = await newcomer();
    const there = await auth.signIn({ name: here.user.name });
    expect(await auth.ask(changePassword, { i }, here.accessToken)).toMatchObject({ code });
    await auth.refresh(there.refreshToken);
  });

  test('is nothing that a guest can do', async () => {
    const { accessToken } = await auth.signInAsGuest({ deviceId: randomUUID() });
    const i = { oldPassword: goodPassword, newPassword };
    expect(await auth.ask(changePassword, { i }, accessToken)).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('a ban', () => {
  test('ends all sessions of the user, who learns of it only with the right password', async () => {
    const { user, accessToken, refreshToken } = await newcomer();
    const { accessToken: operator } = await auth.operator();
    const answer = await auth.ask(banUser, { id: user.id }, operator);
    expect(answer.data).toEqual({ banUser: { status: 'BANNED' } });
    expect(await auth.me(accessToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await auth.tryRefresh(refreshToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await auth.tryIn({ name: user.name, password: 'a wrong password' })).toMatchObject({
      code: 'INVALID_CREDENTIALS',
    });
    expect(await auth.tryIn({ name: user.name, password: goodPassword })).toMatchObject({
      code: 'FORBIDDEN',
      message: 'This account is banned.',
    });
  });

  test('that commits while a sign-in of the user waits keeps the user out', async () => {
    const { user } = await newcomer();
    await auth.sql('begin');
    await auth.sql(`update users set status = 'BANNED' where id = $1`, [user.id]);
    const signIn = auth.tryIn({ name: user.name, password: goodPassword });
    await until(
      async () => (await auth.sql('select 1 from pg_locks where not granted')).length > 0,
      'the sign-in waits for the ban',
    );
    await auth.sql('commit');
    expect(await signIn).toMatchObject({ code: 'FORBIDDEN' });
  });

  test('and sign-ins at the same time leave no live session', async () => {
    const { user } = await newcomer();
    const { accessToken: operator } = await auth.operator();
    await Promise.all([
      ...Array.from({ length: 10 }, () => auth.tryIn({ name: user.name, password: goodPassword })),
      auth.ask(banUser, { id: user.id }, operator),
    ]);
    expect(await auth.sql('select 1 from session where user_id = $1 and ended_at is null', [user.id])).toEqual([]);
  });

  test('is for operators, and for users who exist', async () => {
    const [{ accessToken: player }, { user }] = [await newcomer(), await newcomer()];
    const { accessToken: operator } = await auth.operator();
    expect(await auth.ask(banUser, { id: user.id })).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await auth.ask(banUser, { id: user.id }, player)).toMatchObject({ code: 'FORBIDDEN' });
    expect(await auth.ask(banUser, { id: randomUUID() }, operator)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await auth.ask(banUser, { id: "' or 1=1--" }, operator)).toMatchObject({ code: 'NOT_FOUND' });
  });
});

test('a deleted user is nobody', async () => {
  const { user, accessToken, refreshToken } = await newcomer();
  await auth.sql('delete from users where id = $1', [user.id]);
  expect(await auth.me(accessToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await auth.tryRefresh(refreshToken)).toMatchObject({ code: 'UNAUTHENTICATED' });
});
