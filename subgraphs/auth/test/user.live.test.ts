import { randomUUID } from 'node:crypto';
import { type AuthDoor, type Session, openAuth } from './door.ts';

let auth: AuthDoor;
let ada: Session;
let grace: Session;
let operator: Session;
beforeAll(async () => {
  auth = await openAuth();
  [ada, grace, operator] = await Promise.all([
    auth.signUp({ name: 'ada' }),
    auth.signUp({ name: 'grace' }),
    auth.operator(),
  ]);
});
afterAll(() => auth.stop());

const everything = 'id name status roles timeZone createdAt';
const user = `query ($id: ID!) { user(id: $id) { ${everything} } }`;
const changeTimeZone = 'mutation ($zone: String!) { changeTimeZone(timeZone: $zone) { timeZone } }';
/** As another subgraph's field leads the gateway here. */
const reach = (fields: string, ids: string[], token?: string) =>
  auth.ask<{ _entities: unknown[] }>(
    `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { ${fields} } } }`,
    { r: ids.map((id) => ({ __typename: 'User', id })) },
    token,
  );

describe('me', () => {
  test('is the signed-in user with everything that is known', async () => {
    const { data } = await auth.ask<{ me: object }>(`{ me { ${everything} } }`, {}, ada.accessToken);
    expect(data?.me).toEqual({
      ...ada.user,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  test('is null for somebody anonymous', async () => {
    expect(await auth.ask('{ me { id } }')).toMatchObject({ status: 200, data: { me: null }, code: undefined });
  });
});

describe('a user by id', () => {
  test.each<[string, () => string | undefined, () => string, string | undefined]>([
    ['a player may ask for itself', () => ada.accessToken, () => ada.user.id, undefined],
    ['a player may not ask for another', () => ada.accessToken, () => grace.user.id, 'FORBIDDEN'],
    ['a player learns nothing of ids that nobody has', () => ada.accessToken, randomUUID, 'FORBIDDEN'],
    ['an operator may ask for anyone', () => operator.accessToken, () => grace.user.id, undefined],
    ['somebody anonymous may ask for nobody', () => undefined, () => ada.user.id, 'UNAUTHENTICATED'],
  ])('%s', async (_, token, id, code) => {
    const answer = await auth.ask<{ user: { id: string } | null }>(user, { id: id() }, token());
    expect(answer.code).toBe(code);
    expect(answer.data?.user?.id).toBe(code ? undefined : id());
  });

  test.each([randomUUID(), 'nobody', "' or 1=1--", 'nul\0'])(
    'is null for an operator when nobody has the id %j',
    async (id) => {
      expect(await auth.ask(user, { id }, operator.accessToken)).toMatchObject({
        data: { user: null },
        code: undefined,
      });
    },
  );
});

describe('a user reached from another subgraph', () => {
  test('shows id and name to everyone, in the order asked, and that somebody is not there', async () => {
    const ids = [grace.user.id, randomUUID(), ada.user.id, 'nobody', grace.user.id];
    const { data } = await reach('id name', ids);
    const [a, g] = [ada, grace].map((session) => ({ id: session.user.id, name: session.user.name }));
    const nobody = (n: number) => ({ id: ids[n], name: '(unknown)' });
    expect(data?._entities).toEqual([g, nobody(1), a, nobody(3), g]);
  });

  test.each(['status', 'roles', 'timeZone', 'createdAt'])(
    'shows %s to the user and to operators only',
    async (field) => {
      expect(await reach(field, [ada.user.id])).toMatchObject({ code: 'UNAUTHENTICATED' });
      expect(await reach(field, [ada.user.id], grace.accessToken)).toMatchObject({ code: 'FORBIDDEN' });
      expect(await reach(field, [ada.user.id], ada.accessToken)).toMatchObject({ code: undefined });
      expect(await reach(field, [ada.user.id], operator.accessToken)).toMatchObject({ code: undefined });
    },
  );

  test('keeps what is hidden apart from what is not', async () => {
    const { data, code } = await reach('name timeZone', [ada.user.id, grace.user.id], ada.accessToken);
    expect(data?._entities).toEqual([{ name: 'ada', timeZone: 'UTC' }, null]);
    expect(code).toBe('FORBIDDEN');
  });

  test('has no field for a password', async () => {
    expect(await reach('passwordHash', [ada.user.id], operator.accessToken)).toMatchObject({
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
  });
});

describe('changing the time zone', () => {
  test('is told to other subgraphs once, and not again when it stays the same', async () => {
    const { user, accessToken } = await auth.signUp({ name: 'traveller' });
    for (const zone of ['America/New_York', 'america/new_york'])
      expect(await auth.ask(changeTimeZone, { zone }, accessToken)).toMatchObject({
        data: { changeTimeZone: { timeZone: 'America/New_York' } },
      });
    const events = await auth.sql(
      `select envelope::json->'data' as data from outbox
       where envelope::json->>'type' = 'UserTimeZoneChanged' and envelope::json->>'userId' = $1`,
      [user.id],
    );
    expect(events).toEqual([{ data: { timeZone: 'America/New_York' } }]);
  });

  test.each(['', 'Mars/Olympus', '+02:00', '../etc/passwd', 'x'.repeat(100_000)])('refuses %.20j', async (zone) => {
    expect(await auth.ask(changeTimeZone, { zone }, ada.accessToken)).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('is possible four times in thirty days, and the refusal says when it is again', async () => {
    const { accessToken } = await auth.signUp({ name: 'nomad', timeZone: 'UTC' });
    const zones = ['Europe/Berlin', 'Asia/Tokyo', 'America/New_York', 'UTC', 'Europe/Paris', 'Asia/Kolkata'];
    const answers = [];
    for (const zone of zones) answers.push(await auth.ask(changeTimeZone, { zone }, accessToken));
    expect(answers.map(({ code }) => code)).toEqual([...Array(4).fill(undefined), 'BAD_USER_INPUT', 'BAD_USER_INPUT']);
    const day = new Date();
    day.setUTCDate(day.getUTCDate() + 30);
    expect(answers.at(-1)!.message).toContain(`possible from ${day.toISOString().slice(0, 10)} on`);
    // The zone that it is already is no change.
    expect((await auth.ask(changeTimeZone, { zone: 'UTC' }, accessToken)).code).toBeUndefined();
  });

  test('fifty times at once is four times', async () => {
    const { accessToken, user } = await auth.signUp({ name: 'racer', timeZone: 'UTC' });
    const zones = ['Europe/Berlin', 'Asia/Tokyo', 'America/New_York', 'Europe/Paris', 'Asia/Kolkata'];
    const codes = await Promise.all(
      Array.from(
        { length: 50 },
        async (_, n) => (await auth.ask(changeTimeZone, { zone: zones[n % 5] }, accessToken)).code,
      ),
    );
    expect(new Set(codes)).toEqual(new Set([undefined, 'BAD_USER_INPUT']));
    const moves = await auth.sql(
      `select from outbox where envelope::json->>'type' = 'UserTimeZoneChanged' and envelope::json->>'userId' = $1`,
      [user.id],
    );
    expect(moves).toHaveLength(4);
  });

  test('needs someone who is signed in', async () => {
    expect(await auth.ask(changeTimeZone, { zone: 'UTC' })).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
