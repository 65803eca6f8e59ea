import { generateKeyPairSync } from 'node:crypto';
import { viewerOf } from '../../../shared/identity.ts';
import { hashOfToken, newRefreshToken, newSalt, openTokens, successorOf } from '../sessions/tokens.ts';

const keyPair = (namedCurve = 'P-256') =>
  generateKeyPairSync('ec', {
    namedCurve,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
const [old, next] = [keyPair(), keyPair()];
const claims = () => ({
  userId: 'u',
  sessionId: 's',
  roles: ['PLAYER'] as const,
  issuedAt: new Date(),
  expiresAt: new Date(Date.now() + 60_000),
});

test('after a change of keys old tokens are good as long as the old public key is known', async () => {
  const bearer = `Bearer ${openTokens(old.privateKey).signAccess(claims())}`;
  const rotated = openTokens(next.privateKey, [old.publicKey]);
  expect(rotated.jwks.keys).toHaveLength(2);
  expect(await viewerOf(bearer, rotated.keys)).toMatchObject({ id: 'u', sessionId: 's', roles: ['PLAYER'] });
  await expect(viewerOf(bearer, openTokens(next.privateKey).keys)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('a key has one name for ever, and is shown once', () => {
  const [kid] = openTokens(old.privateKey).jwks.keys.map((key) => key.kid);
  expect(openTokens(old.privateKey, [old.publicKey]).jwks.keys.map((key) => key.kid)).toEqual([kid]);
  expect(openTokens(next.privateKey).jwks.keys[0]?.kid).not.toBe(kid);
});

test.each([
  ['nonsense', 'changeme'],
  ['a public key', old.publicKey],
  ['a key of another curve', keyPair('P-384').privateKey],
])('%s for a signing key is a reason not to start, and is not repeated in the message', (_, pem) => {
  const said = expect.objectContaining({ name: 'StartRefusal', message: expect.stringContaining('AUTH_SIGNING_KEY') });
  expect(() => openTokens(pem)).toThrow(said);
  expect(() => openTokens(pem)).not.toThrow(pem.slice(0, 20));
});

test('the successor of a refresh token follows from the token and its salt, and from nothing less', () => {
  const [token, salt] = [newRefreshToken(), newSalt()];
  expect(successorOf(token, salt)).toBe(successorOf(token, salt));
  expect(successorOf(token, newSalt())).not.toBe(successorOf(token, salt));
  expect(successorOf(hashOfToken(token), salt)).not.toBe(successorOf(token, salt));
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
});
