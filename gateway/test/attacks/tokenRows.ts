import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import type { Player, Stage } from './stage.ts';

export interface TokenRow {
  id: string;
  attack: string;
  token(stage: Stage, player: Player): string;
}

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
const headerOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as Record<string, unknown>;
const edited = (token: string, changes: object) => {
  const [header, , signature] = token.split('.');
  return `${header}.${base64({ ...claimsOf(token), ...changes })}.${signature}`;
};
/** With claims that jsonwebtoken would not sign. */
const signedAs = (row: string, attack: string, claims: (now: number) => object, header?: object): TokenRow => ({
  id: row,
  attack,
  token: ({ forge }, { id }) => forge({ sub: id, ...claims(Math.floor(Date.now() / 1000)) }, header),
});
const unsigned = (alg: string): TokenRow => ({
  id: 'J1',
  attack: `alg ${alg}`,
  token: (_, { token }) => `${base64({ ...headerOf(token), alg })}.${base64(claimsOf(token))}.`,
});
const withKey = (type: 'rsa' | 'ed25519') =>
  type === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    : generateKeyPairSync('ed25519').privateKey;

/** SECURITY.md 4.5: tokens that must be nobody's, over every transport, with one and the same answer. */
export const tokenRows: TokenRow[] = [
  ...['none', 'None', 'nOnE', ''].map(unsigned),
  { id: 'J1', attack: 'no signature', token: (_, { token }) => token.replace(/[^.]+$/, '') },
  {
    id: 'J2',
    attack: 'HS256 with the public key',
    token({ graph }, { token }) {
      const pem = createPublicKey(graph.secrets.signingKey).export({ type: 'spki', format: 'pem' }).toString();
      const head = base64({ ...headerOf(token), alg: 'HS256' });
      const signed = jsonwebtoken.sign(claimsOf(token), Buffer.from(pem).toString('base64'), { algorithm: 'HS256' });
      return `${head}.${base64(claimsOf(token))}.${signed.split('.')[2]}`;
    },
  },
  {
    id: 'J3',
    attack: 'RS256 by a key of its own',
    token: (_, { token }) =>
      jsonwebtoken.sign(claimsOf(token), withKey('rsa'), {
        algorithm: 'RS256',
        header: { ...headerOf(token), alg: 'RS256' } as never,
      }),
  },
  {
    id: 'J3',
    attack: 'a list of algorithms',
    token: (_, { token }) =>
      `${base64({ ...headerOf(token), alg: ['ES256', 'none'] })}.${token.split('.').slice(1).join('.')}`,
  },
  ...['jku', 'x5u'].map((name) =>
    signedAs('J5', name, () => ({}), { [name]: 'http://127.0.0.1:9/keys', kid: 'unknown' }),
  ),
  signedAs('J5', 'an embedded key', () => ({}), {
    jwk: createPublicKey(withKey('ed25519')).export({ format: 'jwk' }),
    kid: 'unknown',
  }),
  ...["' OR 1=1--", '../../dev/null', '__proto__'].map((kid) => signedAs('J5', `the key ${kid}`, () => ({}), { kid })),
  signedAs('J6', 'ended', (now) => ({ iat: now - 900, exp: now - 1 })),
  signedAs('J6', 'without an end', () => ({ exp: undefined })),
  signedAs('J6', 'good for ever', () => ({ exp: 1e14 })),
  signedAs('J6', 'good for a year', (now) => ({ exp: now + 31_536_000 })),
  signedAs('J6', 'not yet good', (now) => ({ nbf: now + 600 })),
  signedAs('J6', 'made in the future', (now) => ({ iat: now + 600, exp: now + 900 })),
  signedAs('J6', 'made at no time', () => ({ sid: 7 })),
  signedAs('J7', 'of another issuer', () => ({ iss: 'https://evil.example' })),
  signedAs('J7', 'of no issuer', () => ({ iss: undefined })),
  signedAs('J7', 'for others', () => ({ aud: 'others' })),
  signedAs('J7', 'for nobody', () => ({ aud: undefined })),
  { id: 'J8', attack: 'a refresh token', token: (_, { refreshToken }) => refreshToken },
  signedAs('J8', 'of another type', () => ({}), { typ: 'rt+jwt' }),
  {
    id: 'J9',
    attack: 'another subject',
    token: (_, { token }) => edited(token, { sub: '00000000-0000-0000-0000-000000000000' }),
  },
  { id: 'J9', attack: 'more roles', token: (_, { token }) => edited(token, { roles: ['OPERATOR'] }) },
  {
    id: 'J9',
    attack: 'a longer life',
    token: (_, { token }) => edited(token, { exp: Math.floor(Date.now() / 1000) + 86_000 }),
  },
  signedAs('J9', 'without roles', () => ({ roles: undefined })),
  signedAs('J9', 'without a subject', () => ({ sub: undefined })),
  { id: 'J9', attack: '100 KB of nothing', token: () => `a.${'b'.repeat(10_000)}.c` },
];
