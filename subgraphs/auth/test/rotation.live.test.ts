import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { remoteKeys, viewerOf } from '../../../shared/identity.ts';
import { type Auth, startAuth } from '../subgraph.ts';
import { type AuthDoor, openAuth } from './door.ts';

const newKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicOf = (key: string) => createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
const kidOf = (token: string) => jsonwebtoken.decode(token, { complete: true })!.header.kid;

/** The three steps of a change of keys: the new one is announced, then signs beside the old one, then is alone. */
const [oldKey, newOne] = [newKey(), newKey()];
let announced: AuthDoor;
let overlapping: Auth;
let after: Auth;
beforeAll(async () => {
  announced = await openAuth({ signingKey: oldKey, previousKeys: [publicOf(newOne)] });
  const { settings } = announced;
  overlapping = await startAuth({ ...settings, signingKey: newOne, previousKeys: [publicOf(oldKey)] });
  after = await startAuth({ ...settings, signingKey: newOne, previousKeys: [] });
});
afterAll(async () => {
  await after.stop();
  await overlapping.stop();
  await announced.stop();
});

const post = async (at: { url: string }, query: string, token?: string) => {
  const response = await fetch(at.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-gateway-secret': announced.gatewaySecret,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, ...((await response.json()) as { data: Record<string, never> | null }) };
};
const signInAt = async (at: { url: string }): Promise<string> => {
  const { data } = await post(at, 'mutation { signIn(input: { name: "user", password: "password" }) { accessToken } }');
  return (data as unknown as { signIn: { accessToken: string } }).signIn.accessToken;
};
const isGood = async (at: { url: string }, token: string) => (await post(at, '{ me { id } }', token)).status === 200;
const kidsAt = async ({ jwksUrl }: { jwksUrl: string }) =>
  ((await (await fetch(jwksUrl)).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);

test('while keys change, both are published, and tokens of both are good wherever they were made', async () => {
  const [before, later] = [await signInAt(announced), await signInAt(overlapping)];
  expect(kidOf(before)).not.toBe(kidOf(later));
  for (const subgraph of [announced, overlapping]) {
    expect((await kidsAt(subgraph)).sort()).toEqual([kidOf(before), kidOf(later)].sort());
    const keys = remoteKeys(subgraph.jwksUrl);
    for (const token of [before, later]) {
      expect(await isGood(subgraph, token)).toBe(true);
      expect(await viewerOf(`Bearer ${token}`, keys)).toMatchObject({ roles: ['PLAYER'] });
    }
  }
});

test('once the old key is gone its tokens are nobody’s, and the new one’s go on', async () => {
  const [before, later] = [await signInAt(announced), await signInAt(overlapping)];
  expect(await kidsAt(after)).toEqual([kidOf(later)]);
  const keys = remoteKeys(after.jwksUrl);
  expect(await isGood(after, later)).toBe(true);
  expect(await viewerOf(`Bearer ${later}`, keys)).not.toBeNull();
  expect(await isGood(after, before)).toBe(false);
  await expect(viewerOf(`Bearer ${before}`, keys)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('a session goes on over a change of keys: its refresh token is worth a token by the new key', async () => {
  const { refreshToken } = await announced.signIn({ name: 'user', password: 'password' });
  const query = `mutation { refreshSession(refreshToken: "${refreshToken}") { accessToken } }`;
  const { data } = await post(after, query);
  const { accessToken } = (data as unknown as { refreshSession: { accessToken: string } }).refreshSession;
  expect([kidOf(accessToken)]).toEqual(await kidsAt(after));
  expect(await isGood(after, accessToken)).toBe(true);
});
