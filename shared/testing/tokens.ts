import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import jsonwebtoken, { type JwtHeader } from 'jsonwebtoken';
import { type KeySource, type Role, tokenTerms } from '../identity.ts';

export interface TestKeys {
  /** PKCS8, P-256: what auth would sign with. */
  privatePem: string;
  publicPem: string;
  /** Knows the one key that `tokenFor` signs with. */
  keys: KeySource;
}

const kid = 'test';
let made: TestKeys | undefined;

/** One key pair per test file, made on first use. */
export function testKeys(): TestKeys {
  if (made) return made;
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const known = createPublicKey(publicKey);
  const keys: KeySource = async (asked) => (asked === kid ? known : undefined);
  return (made = { privatePem: privateKey, publicPem: publicKey, keys });
}

export interface TestUser {
  id: string;
  /** PLAYER alone unless said. */
  roles?: readonly Role[];
  sessionId?: string;
}

/** An access token of this user as auth would sign it, good for 15 minutes, with claims and header fields changed as the test wishes. */
export function tokenFor(
  { id, roles = ['PLAYER'], sessionId = randomUUID() }: TestUser,
  overrides: { claims?: Record<string, unknown>; header?: Partial<JwtHeader> } = {},
): string {
  const now = Math.floor(Date.now() / 1000);
  const { issuer: iss, audience: aud, type: typ, algorithm: alg } = tokenTerms;
  const claims = { iss, aud, sub: id, sid: sessionId, roles, iat: now, exp: now + 900, ...overrides.claims };
  return jsonwebtoken.sign(claims, testKeys().privatePem, { header: { alg, typ, kid, ...overrides.header } });
}
