import { type KeyObject, createHash, createHmac, createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { StartRefusal } from '../../../shared/process/environment.ts';
import { type JsonWebKeySet, type KeySource, type Role, keysOf, tokenTerms } from '../../../shared/identity.ts';

export interface AccessClaims {
  userId: string;
  sessionId: string;
  roles: readonly Role[];
  issuedAt: Date;
  /** Whole seconds count; the rest is cut off. */
  expiresAt: Date;
}

export interface Tokens {
  signAccess(claims: AccessClaims): string;
  /** What every subgraph verifies access tokens with: the signing key's public half, and the keys before it until their tokens are over. */
  jwks: JsonWebKeySet;
  keys: KeySource;
}

/** `signingKey`: a PKCS8 PEM of a P-256 private key. `previousKeys`: public PEMs of the same kind. Throws StartRefusal for any other key. */
export function openTokens(signingKey: string, previousKeys: readonly string[] = []): Tokens {
  const secret = ofP256('AUTH_SIGNING_KEY', () => createPrivateKey(signingKey));
  const current = asJwk(createPublicKey(secret));
  const previous = previousKeys.map((pem) => asJwk(ofP256('AUTH_PREVIOUS_KEYS', () => createPublicKey(pem))));
  const jwks = { keys: [current, ...previous.filter((key) => key.kid !== current.kid)] };
  const known = keysOf(jwks);
  return {
    jwks,
    keys: async (kid) => known.get(kid),
    signAccess: ({ userId, sessionId, roles, issuedAt, expiresAt }) =>
      jsonwebtoken.sign({ sid: sessionId, roles, iat: seconds(issuedAt), exp: seconds(expiresAt) }, secret, {
        algorithm: tokenTerms.algorithm,
        header: { alg: tokenTerms.algorithm, typ: tokenTerms.type, kid: current.kid },
        subject: userId,
        issuer: tokenTerms.issuer,
        audience: tokenTerms.audience,
      }),
  };
}

/** The first refresh token of a session: 32 random bytes, base64url. */
export const newRefreshToken = (): string => randomBytes(32).toString('base64url');

/** What is stored of a refresh token; 256 random bits need no slow hash. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('base64url');

/**
 * The token that follows this one. The token and the salt together make it, and it can be made again while the salt is kept:
 * a request repeated within the grace gets the same successor, though no token is stored and the salt alone says nothing.
 */
export const successorOf = (token: string, salt: string): string =>
  createHmac('sha256', token).update(salt).digest('base64url');

export const newSalt = (): string => randomBytes(32).toString('base64url');

const seconds = (instant: Date) => Math.floor(instant.getTime() / 1000);

/** A public key as the JWKS shows it, named by its RFC 7638 thumbprint. */
function asJwk(key: KeyObject) {
  const { crv, kty, x, y } = key.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  return { kid, kty, crv, x, y, alg: tokenTerms.algorithm, use: 'sig' };
}

function ofP256(variable: string, read: () => KeyObject): KeyObject {
  const fix =
    'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 makes a key; openssl pkey -pubout shows its public half.';
  try {
    const key = read();
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch {
    // Node's reason would quote the library, and it says no more than this:
  }
  throw new StartRefusal(
    `${variable} holds no ${variable === 'AUTH_SIGNING_KEY' ? 'private' : 'public'} key of the curve P-256 in PEM.`,
    fix,
  );
}
