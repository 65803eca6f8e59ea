import { randomUUID } from 'node:crypto';
import { openPasswords } from '../signIn/passwords.ts';
import { type AuthDoor, goodPassword, openAuth } from './door.ts';

let auth: AuthDoor;
beforeAll(async () => (auth = await openAuth()));
afterAll(() => auth.stop());

interface Sent {
  id: string;
  type: string;
  source: string;
  data: unknown;
}
/** Of sign-ins; those of days are in presence.live.test.ts. */
const eventsOf = (userId: string) =>
  auth.sql<Sent>(
    `select envelope::json->>'id' as id, envelope::json->>'type' as type, envelope::json->>'source' as source,
       envelope::json->'data' as data
     from outbox where envelope::json->>'userId' = $1 and envelope::json->>'type' <> 'UserActive' order by number`,
    [userId],
  );
const typesOf = async (userId: string) => (await eventsOf(userId)).map(({ type }) => type);
const signInsOf = (userId: string) =>
  auth.sql<{ event_id: string }>('select event_id from sign_in where user_id = $1', [userId]);

/** One who has never signed in, with the password of the demo users. */
async function saveNewcomer(name: string): Promise<string> {
  const [row] = await auth.sql<{ id: string }>(
    `insert into users (id, name, status, roles, time_zone, password_hash, created_at)
     select gen_random_uuid(), $1, 'NEW', roles, time_zone, password_hash, now() from users where name = 'user' returning id`,
    [name],
  );
  return row!.id;
}

describe('signing up', () => {
  test('makes an active player, whose first sign-in it is', async () => {
    const { user } = await auth.signUp({ name: 'Ada', timeZone: 'europe/berlin' });
    expect(user).toMatchObject({ name: 'Ada', status: 'ACTIVE', roles: ['PLAYER'], timeZone: 'Europe/Berlin' });
    const [event, ...more] = await eventsOf(user.id);
    expect(event).toMatchObject({ type: 'NewUserSignIn', source: 'auth', data: { timeZone: 'Europe/Berlin' } });
    expect(more).toEqual([]);
    expect(await signInsOf(user.id)).toEqual([{ event_id: event?.id }]);
  });

  test('takes UTC for a zone that is none, and says so', async () => {
    const { user, notices } = await auth.signUp({ name: 'Atlantis', timeZone: 'W. Europe Standard Time' });
    expect(user.timeZone).toBe('UTC');
    expect(notices).toHaveLength(1);
    expect((await auth.signIn({ name: 'Atlantis' })).notices).toEqual([]);
  });

  test('refuses a name that another user has, however it is written', async () => {
    await auth.signUp({ name: 'Grace' });
    expect(await auth.tryUp({ name: 'gRACE', password: goodPassword })).toMatchObject({
      code: 'CONFLICT',
      message: 'The name "gRACE" is taken; choose another.',
    });
  });

  test.each([
    ['a name with a space', { name: 'ada lovelace' }],
    ['a name of guests', { name: 'guest-12345678' }],
    ['one of the most used passwords', { name: 'newcomer', password: 'password' }],
    ['a password of 1 MB', { name: 'newcomer', password: 'x'.repeat(1_000_000) }],
    ['a key of 101 characters', { name: 'newcomer', idempotencyKey: 'k'.repeat(101) }],
    ['an empty key', { name: 'newcomer', idempotencyKey: '' }],
  ])('refuses %s', async (_, input) => {
    expect(await auth.tryUp({ password: goodPassword, ...input })).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('gives one of many that want the same name the name', async () => {
    const tries = await Promise.all(
      Array.from({ length: 10 }, () => auth.tryUp({ name: 'highlander', password: goodPassword })),
    );
    expect(tries.map(({ code }) => code ?? 'in').sort()).toEqual([...Array<string>(9).fill('CONFLICT'), 'in']);
  });

  test('takes the same request again for the same one when it bears a key', async () => {
    const request = { name: 'retry', idempotencyKey: randomUUID() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => auth.signUp(request)));
    expect(new Set(answers.map(({ user }) => user.id)).size).toBe(1);
    expect(await typesOf(answers[0]!.user.id)).toEqual(['NewUserSignIn']);
    expect(await auth.tryUp({ ...request, password: 'another password' })).toMatchObject({
      code: 'INVALID_CREDENTIALS',
    });
  });
});

describe('signing in', () => {
  test('makes a new user active and later ones an event each', async () => {
    const user = { name: 'user', password: 'password' };
    const [before] = await auth.sql<{ status: string }>(`select status from users where name = 'user'`);
    expect(before?.status).toBe('NEW');
    const first = await auth.signIn(user);
    await auth.signIn(user);
    await auth.signIn({ ...user, name: 'USER' });
    expect(first.user.status).toBe('ACTIVE');
    expect(await typesOf(first.user.id)).toEqual(['NewUserSignIn', 'UserSignIn', 'UserSignIn']);
  });

  test('many times at once for the first time is one first sign-in', async () => {
    const id = await saveNewcomer('impatient');
    await Promise.all(Array.from({ length: 10 }, () => auth.signIn({ name: 'impatient', password: 'password' })));
    expect((await typesOf(id)).sort()).toEqual(['NewUserSignIn', ...Array<string>(9).fill('UserSignIn')]);
  });

  test.each(['operator', 'service'])('of the %s is no event of a player', async (name) => {
    const { user } = await auth.signIn({ name, password: 'password' });
    expect(user).toMatchObject({ status: 'ACTIVE', roles: [name.toUpperCase()] });
    expect(await eventsOf(user.id)).toEqual([]);
    expect(await signInsOf(user.id)).toEqual([]);
  });

  test('answers a wrong password and an unknown name alike', async () => {
    await auth.signUp({ name: 'known' });
    const wrong = await auth.tryIn({ name: 'known', password: 'wrong password' });
    expect(wrong).toEqual({
      status: 200,
      data: null,
      code: 'INVALID_CREDENTIALS',
      message: 'The name or the password is wrong.',
    });
    for (const name of ['unknown', 'no such name!', 'nul\0', "' or 1=1--", 'guest-12345678'])
      expect(await auth.tryIn({ name, password: 'wrong password' })).toEqual(wrong);
  });

  test('refuses a password of 257 characters without asking whose it is', async () => {
    await auth.signUp({ name: 'terse' });
    const password = 'x'.repeat(257);
    const known = await auth.tryIn({ name: 'terse', password });
    expect(known).toMatchObject({ code: 'BAD_USER_INPUT', message: 'A password has at most 256 characters.' });
    expect(await auth.tryIn({ name: 'unknown', password })).toEqual(known);
  });

  test('fifty times at once with one key is one event and fifty sessions', async () => {
    const { user } = await auth.signUp({ name: 'eager' });
    const request = { name: 'eager', idempotencyKey: 'once' };
    const answers = await Promise.all(Array.from({ length: 50 }, () => auth.signIn(request)));
    expect(await typesOf(user.id)).toEqual(['NewUserSignIn', 'UserSignIn']);
    expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(50);
  });

  test('a key belongs to its user', async () => {
    const users = await Promise.all(['castor', 'pollux'].map((name) => auth.signUp({ name })));
    for (const { user } of users) await auth.signIn({ name: user.name, idempotencyKey: 'shared' });
    for (const { user } of users) expect(await typesOf(user.id)).toEqual(['NewUserSignIn', 'UserSignIn']);
  });

  test.each([
    ['event', 'outbox', `envelope::json->>'userId'`],
    ['session', 'session', 'user_id::text'],
  ])('that cannot store its %s changes nothing at all', async (what, table, owner) => {
    const name = `unlucky-${what}`;
    const id = await saveNewcomer(name);
    await auth.sql(`alter table ${table} add constraint no_luck check (${owner} <> '${id}')`);
    const refused = await auth.tryIn({ name, password: 'password' });
    expect(refused).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error' });
    expect(await auth.sql('select status from users where id = $1', [id])).toEqual([{ status: 'NEW' }]);
    expect([await signInsOf(id), await eventsOf(id)]).toEqual([[], []]);
    expect(await auth.sql('select 1 from session where user_id = $1', [id])).toEqual([]);
    await auth.sql(`alter table ${table} drop constraint no_luck`);
    await auth.signIn({ name, password: 'password' });
    expect(await typesOf(id)).toEqual(['NewUserSignIn']);
  });

  test('replaces a hash that was made under weaker terms, also when many sign in at once', async () => {
    const { user } = await auth.signUp({ name: 'veteran' });
    const weak = await openPasswords({ terms: { m: 8192, t: 1, p: 1 } }).hash(goodPassword);
    await auth.sql('update users set password_hash = $2 where id = $1', [user.id, weak]);
    await Promise.all(Array.from({ length: 10 }, () => auth.signIn({ name: 'veteran' })));
    const [row] = await auth.sql<{ password_hash: string }>('select password_hash from users where id = $1', [user.id]);
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await auth.signIn({ name: 'veteran' });
  });
});

describe('a guest', () => {
  test('is created with the first sign-in of a device and found with the next', async () => {
    const deviceId = randomUUID();
    const first = await auth.signInAsGuest({ deviceId, timeZone: 'Asia/Kolkata' });
    const second = await auth.signInAsGuest({ deviceId, timeZone: 'UTC' });
    expect(first.user).toMatchObject({ status: 'ACTIVE', roles: ['PLAYER'], timeZone: 'Asia/Kolkata' });
    expect(first.user.name).toMatch(/^guest-[a-z0-9]{8}$/);
    expect(second.user).toEqual(first.user);
    expect(await typesOf(first.user.id)).toEqual(['NewUserSignIn', 'UserSignIn']);
  });

  test('is one however many requests of a new device come at once', async () => {
    const request = { deviceId: randomUUID(), idempotencyKey: 'first' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => auth.signInAsGuest(request)));
    expect(new Set(answers.map(({ user }) => user.id)).size).toBe(1);
    expect(await typesOf(answers[0]!.user.id)).toEqual(['NewUserSignIn']);
  });

  test('has a device whose secret is stored nowhere', async () => {
    const deviceId = `device ${randomUUID()}`;
    await auth.signInAsGuest({ deviceId });
    expect(await auth.sql('select 1 from users where users::text like $1', [`%${deviceId}%`])).toEqual([]);
  });

  test.each([
    'Etc/Unknown',
    'W. Europe Standard Time',
    'Mars/Olympus',
    '',
    '+01:00',
    '\0',
    '\ud83c',
    'x'.repeat(50_000),
  ])('whose device says that it is in %.30j is let in, lives in UTC and is told so, once', async (timeZone) => {
    const deviceId = randomUUID();
    const first = await auth.signInAsGuest({ deviceId, timeZone });
    expect(first.user.timeZone).toBe('UTC');
    expect(first.notices).toEqual([expect.stringContaining('is not the name of an IANA time zone')]);
    expect(first.notices[0]!.length).toBeLessThan(200);
    const again = await auth.signInAsGuest({ deviceId, timeZone });
    expect([again.user.timeZone, again.notices]).toEqual(['UTC', []]);
  });

  test('keeps the zone that is known, whatever the device says later', async () => {
    const deviceId = randomUUID();
    expect((await auth.signInAsGuest({ deviceId, timeZone: 'Asia/Kolkata' })).notices).toEqual([]);
    const again = await auth.signInAsGuest({ deviceId, timeZone: 'Etc/Unknown' });
    expect([again.user.timeZone, again.notices]).toEqual(['Asia/Kolkata', []]);
  });

  test('needs a device id that cannot be guessed', async () => {
    expect(await auth.tryGuest({ deviceId: 'my phone' })).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
