import { randomUUID } from 'node:crypto';
import { type AuthDoor, type Session, openAuth } from './door.ts';
import { openProvider } from './provider.ts';

let auth: AuthDoor;
let provider: Awaited<ReturnType<typeof openProvider>>;

beforeAll(async () => {
  provider = await openProvider();
  auth = await openAuth({
    providers: [
      provider.settings,
      { ...provider.settings, name: 'mistaken', clientSecret: 'another' },
      { ...provider.settings, name: 'away', issuer: 'http://127.0.0.1:9' },
    ],
  });
});
afterEach(() => provider.trouble('none'));
afterAll(async () => {
  await auth.stop();
  provider.stop();
});

type Voucher = ReturnType<typeof provider.visit>;
const signIn = (voucher: Voucher, more: object = {}) =>
  auth.ask<{ session: Session }>(
    'mutation ($input: ProviderSignInInput!) { session: signInWithProvider(input: $input) { accessToken user { id name status roles timeZone } } }',
    { input: { voucher, ...more } },
  );
const link = (voucher: Voucher, token: string) =>
  auth.ask<{ linkProvider: { id: string } }>(
    'mutation ($input: ProviderVoucherInput!) { linkProvider(input: $input) { id } }',
    { input: voucher },
    token,
  );
const eventsOf = async (userId: string) =>
  (await auth.sql<{ envelope: string }>('select envelope from outbox order by number'))
    .map(({ envelope }) => JSON.parse(envelope) as { userId: string; type: string })
    .filter((event) => event.userId === userId)
    .map(({ type }) => type);

test('a client learns where to send the player', async () => {
  const { data } = await auth.ask('{ signInProviders { name clientId authorizationEndpoint } }');
  const { issuer, clientId } = provider.settings;
  const here = { clientId, authorizationEndpoint: `${issuer}/authorize` };
  expect(data).toEqual({
    signInProviders: [
      { name: 'example', ...here },
      { name: 'mistaken', ...here },
      { name: 'away', clientId, authorizationEndpoint: null },
    ],
  });
});

test('who comes for the first time is a new player, and the same one from then on', async () => {
  const first = (await signIn(provider.visit('ada'), { timeZone: 'Europe/Berlin' })).data!.session;
  expect(first.user).toMatchObject({ status: 'ACTIVE', roles: ['PLAYER'], timeZone: 'Europe/Berlin' });
  expect(first.user.name).toMatch(/^player-[a-z1-9]{8}$/);
  expect((await auth.me(first.accessToken)).data?.me).toEqual({ id: first.user.id });
  const again = (await signIn(provider.visit('ada'))).data!.session;
  expect(again.user).toEqual(first.user);
  expect((await signIn(provider.visit('grace'))).data!.session.user.id).not.toBe(first.user.id);
});

test('the first sign-in is a first one, and one key counts once', async () => {
  const idempotencyKey = randomUUID();
  const { user } = (await signIn(provider.visit('joan'))).data!.session;
  await signIn(provider.visit('joan'), { idempotencyKey });
  await signIn(provider.visit('joan'), { idempotencyKey });
  const kept = await eventsOf(user.id);
  expect(kept.filter((type) => type === 'UserSignIn').length).toBeLessThanOrEqual(1);
  const [stored] = await auth.sql<{ count: string }>('select count(*) from sign_in where user_id = $1', [user.id]);
  expect(stored?.count).toBe('2');
});

test('ten first sign-ins at once are one player', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => signIn(provider.visit('hedy'))));
  expect(new Set(answers.map(({ data }) => data?.session.user.id)).size).toBe(1);
});

test('a guest who links an account keeps everything', async () => {
  const guest = await auth.signInAsGuest({ deviceId: 'a device that gets lost' });
  expect((await link(provider.visit('mary'), guest.accessToken)).data).toEqual({ linkProvider: { id: guest.user.id } });
  expect((await link(provider.visit('mary'), guest.accessToken)).code).toBeUndefined();
  expect((await signIn(provider.visit('mary'))).data?.session.user.id).toBe(guest.user.id);
  const other = await auth.signInAsGuest({ deviceId: 'the device of another' });
  expect((await link(provider.visit('mary'), other.accessToken)).code).toBe('CONFLICT');
  expect((await link(provider.visit('who'), (await auth.operator()).accessToken)).code).toBe('FORBIDDEN');
  expect((await link(provider.visit('who'), 'no token')).code).toBe('UNAUTHENTICATED');
});

test('who is banned stays out', async () => {
  const { user } = (await signIn(provider.visit('mallory'))).data!.session;
  await auth.ask(
    'mutation ($id: ID!) { banUser(id: $id) { id } }',
    { id: user.id },
    (await auth.operator()).accessToken,
  );
  expect((await signIn(provider.visit('mallory'))).code).toBe('FORBIDDEN');
});

const forged: [string, () => Voucher][] = [
  ['a code twice', () => spent],
  [
    'a code that the provider did not give',
    () => ({ ...provider.visit('eve'), callbackUrl: 'https://game.example/back?code=x&state=y', state: 'y' }),
  ],
  ['a code without its verifier', () => ({ ...provider.visit('eve'), codeVerifier: 'v'.repeat(43) })],
  ['the answer to another request', () => ({ ...provider.visit('eve'), state: 'another' })],
  ['a token made for another request', () => ({ ...provider.visit('eve'), nonce: 'another' })],
  ['a token made for another client', () => provider.visit('eve', { claims: { aud: 'another', azp: 'another' } })],
  ['a token of another issuer', () => provider.visit('eve', { claims: { iss: 'https://evil.example' } })],
  ['a token that has ended', () => provider.visit('eve', { claims: { exp: 1 } })],
  [
    'a refusal of the provider',
    () => ({
      ...provider.visit('eve'),
      callbackUrl: 'https://game.example/back?error=access_denied&state=s',
      state: 's',
    }),
  ],
];
let spent: Voucher;

test.each(forged)('nobody comes in by %s', async (_, voucher) => {
  spent = provider.visit('trent');
  await signIn(spent);
  const before = await auth.sql('select id from users');
  expect(await signIn(voucher())).toMatchObject({
    data: null,
    code: 'INVALID_CREDENTIALS',
    message: 'The provider example did not confirm who you are.',
  });
  expect(await auth.sql('select id from users')).toEqual(before);
});

test.each([
  ['an unknown provider', { provider: 'nobody' }],
  ['an address that is none', { callbackUrl: 'back?code=1' }],
])('%s is the mistake of the client', async (_, changes) => {
  expect((await signIn({ ...provider.visit('eve'), ...changes })).code).toBe('BAD_USER_INPUT');
});

test.each(['silent', 'broken'] as const)(
  'a provider that is %s says so at once, and is asked again',
  async (trouble) => {
    await signIn(provider.visit('ada'));
    provider.trouble(trouble);
    expect(await signIn(provider.visit('ada'))).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 5 });
    provider.trouble('none');
    expect((await signIn(provider.visit('ada'))).data?.session.user.id).toBeDefined();
  },
);

test('one that cannot be reached, or does not know us, lets nobody in', async () => {
  expect((await signIn({ ...provider.visit('eve'), provider: 'away' })).code).toBe('UNAVAILABLE');
  expect((await signIn({ ...provider.visit('eve'), provider: 'mistaken' })).code).toBe('UNAVAILABLE');
});
