import { type KeyObject, createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import jsonwebtoken, { type JwtHeader, type JwtPayload } from 'jsonwebtoken';
import { remoteKeys, viewerOf } from '../../../shared/identity.ts';
import { testKeys } from '../../../shared/testing/tokens.ts';
import { type AuthDoor, type Session, openAuth } from './door.ts';

let auth: AuthDoor;
let real: Session;
let parts: { header: JwtHeader; payload: JwtPayload; signature: string };
beforeAll(async () => {
  auth = await openAuth();
  real = await auth.signUp({ name: 'victim' });
  parts = jsonwebtoken.decode(real.accessToken, { complete: true }) as typeof parts;
});
afterAll(() => auth.stop());

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** The real token with some claims and header fields changed, signed by whatever signs. */
const altered = (signed: (text: string) => string, claims: object = {}, header: object = {}) => {
  const text = `${encoded({ ...parts.header, ...header })}.${encoded({ ...parts.payload, ...claims })}`;
  return `${text}.${signed(text)}`;
};
const es256 = (key: KeyObject) => (text: string) =>
  sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
const byAuth = es256(createPrivateKey(testKeys().privatePem));
const hs256 = (secret: string) => (text: string) => createHmac('sha256', secret).update(text).digest('base64url');
const stranger = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const seconds = () => Math.floor(Date.now() / 1000);

test('an access token says who, in which session, in which roles and for how long, and nothing more', () => {
  const { iat, exp, sid, ...claims } = parts.payload;
  expect(claims).toEqual({ iss: 'questline', aud: 'questline', sub: real.user.id, roles: ['PLAYER'] });
  expect(sid).toMatch(/^[\da-f-]{36}$/);
  expect(exp! - iat!).toBe(900);
  expect(new Date(real.expiresAt).getTime()).toBe(exp! * 1000);
  expect(parts.header).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
});

test('a token that the test signs again unchanged is accepted, so that the forgeries below fail for their own reasons', async () => {
  expect(await auth.me(altered(byAuth))).toMatchObject({ status: 200, data: { me: { id: real.user.id } } });
});

test.each<[string, () => string]>([
  ['no algorithm', () => altered(() => '', {}, { alg: 'none' })],
  ['no algorithm, written otherwise', () => altered(() => '', {}, { alg: 'nOnE' })],
  ['no algorithm, and a signature', () => altered(() => parts.signature, {}, { alg: 'none' })],
  ['the public key as the secret of HS256', () => altered(hs256(testKeys().publicPem), {}, { alg: 'HS256' })],
  [
    'the JWK as the secret of HS256',
    () =>
      altered(
        hs256(JSON.stringify(createPublicKey(testKeys().publicPem).export({ format: 'jwk' }))),
        {},
        { alg: 'HS256' },
      ),
  ],
  ['a list for an algorithm', () => altered(byAuth, {}, { alg: ['ES256'] })],
  ['an empty signature', () => altered(() => '')],
  ['other roles under the old signature', () => altered(() => parts.signature, { roles: ['OPERATOR'] })],
  ['another user under the old signature', () => altered(() => parts.signature, { sub: 'someone else' })],
  ['an end in the past', () => altered(byAuth, { exp: seconds() - 1 })],
  ['no end', () => altered(byAuth, { exp: undefined })],
  ['an end that is a string', () => altered(byAuth, { exp: '9999999999' })],
  ['a beginning in the future', () => altered(byAuth, { nbf: seconds() + 600 })],
  ['another audience', () => altered(byAuth, { aud: 'elsewhere' })],
  ['no audience', () => altered(byAuth, { aud: undefined })],
  ['another issuer', () => altered(byAuth, { iss: 'elsewhere' })],
  ['no issuer', () => altered(byAuth, { iss: undefined })],
  ['no session', () => altered(byAuth, { sid: undefined })],
  ['roles that are no list', () => altered(byAuth, { roles: 'OPERATOR' })],
  ['another type of token', () => altered(byAuth, {}, { typ: 'JWT' })],
  ['an unknown key', () => altered(byAuth, {}, { kid: 'elsewhere' })],
  ['no key', () => altered(byAuth, {}, { kid: undefined })],
  ["a stranger's key under the name of ours", () => altered(es256(stranger().privateKey))],
  ['a refresh token', () => real.refreshToken],
  ['three dots', () => '...'],
])('a token with %s is refused like any other', async (_, forge) => {
  expect(await auth.me(forge())).toEqual({
    status: 401,
    data: null,
    code: 'UNAUTHENTICATED',
    message: 'Sign in first: no valid access token was sent.',
  });
});

test('a token that brings its own key, or says where to find it, is refused and nothing is fetched', async () => {
  let asked = 0;
  const thief = createServer((_, response) => (asked++, response.end())).listen(0, '127.0.0.1');
  await new Promise((resolve) => thief.once('listening', resolve));
  const url = `http://127.0.0.1:${(thief.address() as AddressInfo).port}/keys`;
  const { privateKey, publicKey } = stranger();
  const jwk = publicKey.export({ format: 'jwk' });
  for (const header of [{ jku: url }, { x5u: url }, { jwk }, { jwk, kid: undefined }, { kid: url }])
    expect(await auth.me(altered(es256(privateKey), {}, header))).toMatchObject({ status: 401 });
  expect(asked).toBe(0);
  await new Promise((resolve) => thief.close(resolve));
});

test('the public keys are open to everyone, without the private half, and verify what auth signs', async () => {
  const response = await fetch(auth.jwksUrl);
  const { keys } = (await response.json()) as { keys: Record<string, string>[] };
  expect(response.headers.get('cache-control')).toBe('public, max-age=300');
  expect(keys).toEqual([
    {
      kid: parts.header.kid,
      kty: 'EC',
      crv: 'P-256',
      alg: 'ES256',
      use: 'sig',
      x: expect.any(String),
      y: expect.any(String),
    },
  ]);
  expect(await viewerOf(`Bearer ${real.accessToken}`, remoteKeys(auth.jwksUrl))).toMatchObject({
    id: real.user.id,
    roles: ['PLAYER'],
    sessionId: parts.payload['sid'],
  });
});

test.each([
  ['no credential', {}],
  ['an empty one', { 'x-gateway-secret': '' }],
  ['a wrong one', { 'x-gateway-secret': 'x'.repeat(64) }],
])('a caller with %s of the gateway is turned away, whatever token it has', async (_, headers) => {
  const response = await fetch(auth.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${real.accessToken}`, ...headers },
    body: JSON.stringify({ query: '{ _service { sdl } }' }),
  });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
});
