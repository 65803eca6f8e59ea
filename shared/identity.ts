import { type JsonWebKey, type KeyObject, createPublicKey } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { Refusal, forbidden, unauthenticated } from './errors.ts';

export type Role = 'PLAYER' | 'OPERATOR' | 'SERVICE';

/** Who is asking, as the verified access token says. */
export interface Viewer {
  id: string;
  roles: readonly Role[];
  sessionId: string;
  /** When the token ends, seconds since 1970. */
  expiresAt: number;
}

/** The claims of an access token: ES256, header `typ: at+jwt` (RFC 9068) and the `kid` of a key that auth publishes. */
export const tokenTerms = { issuer: 'questline', audience: 'questline', type: 'at+jwt', algorithm: 'ES256' } as const;

/** A token that claims to be good for longer than a day, or to come from the future, was not made by auth. */
const longestSeconds = 24 * 3600;
const clockSkewSeconds = 60;

/** Finds a public key by its `kid`; undefined when the issuer does not publish it. Throws UNAVAILABLE when the issuer cannot be asked. */
export type KeySource = (kid: string) => Promise<KeyObject | undefined>;

export interface JsonWebKeySet {
  keys: ({ kid: string } & Record<string, unknown>)[];
}

export function keysOf(set: JsonWebKeySet): Map<string, KeyObject> {
  return new Map(set.keys.map((jwk) => [jwk.kid, createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })]));
}

/** Keys from a JWKS address, kept ten minutes; an unknown `kid` asks again, at most every five seconds. Old keys serve while the issuer is away. */
export function remoteKeys(url: string): KeySource {
  let keys = new Map<string, KeyObject>();
  let askedAt = -Infinity;
  let asking: Promise<void> | undefined;
  const ask = async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000), redirect: 'error' });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    keys = keysOf((await response.json()) as JsonWebKeySet);
    askedAt = performance.now();
  };
  return async (kid) => {
    const age = performance.now() - askedAt;
    if (age > 600_000 || (!keys.has(kid) && age > 5_000)) {
      asking ??= ask().finally(() => (asking = undefined));
      await asking.catch(() => {
        if (keys.size === 0)
          throw new Refusal('UNAVAILABLE', 'Access tokens cannot be checked at the moment. Try again.');
      });
    }
    return keys.get(kid);
  };
}

/**
 * The viewer of an `Authorization` header: null without one, UNAUTHENTICATED for whatever does not verify.
 * The answer never says what was wrong with a token.
 */
export async function viewerOf(authorization: string | undefined, keys: KeySource): Promise<Viewer | null> {
  if (!authorization) return null;
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
  const header = token && jsonwebtoken.decode(token, { complete: true })?.header;
  if (!token || !header || header.typ !== tokenTerms.type || !header.kid) throw unauthenticated();
  const key = await keys(header.kid);
  if (!key) throw unauthenticated();
  try {
    const claims = jsonwebtoken.verify(token, key, {
      algorithms: [tokenTerms.algorithm],
      issuer: tokenTerms.issuer,
      audience: tokenTerms.audience,
    });
    if (typeof claims === 'string' || !claims.sub || typeof claims.exp !== 'number') throw unauthenticated();
    if (typeof claims.iat !== 'number' || claims.iat > Date.now() / 1000 + clockSkewSeconds) throw unauthenticated();
    if (claims.exp - claims.iat > longestSeconds) throw unauthenticated();
    if (typeof claims['sid'] !== 'string' || !Array.isArray(claims['roles'])) throw unauthenticated();
    return { id: claims.sub, roles: claims['roles'] as Role[], sessionId: claims['sid'], expiresAt: claims.exp };
  } catch {
    throw unauthenticated();
  }
}

export const isOperator = (viewer: Viewer | null) => viewer?.roles.includes('OPERATOR') ?? false;

/** The viewer, or UNAUTHENTICATED. */
export function signedIn(viewer: Viewer | null): Viewer {
  if (!viewer) throw unauthenticated();
  return viewer;
}

/** The viewer with this role, or UNAUTHENTICATED, or FORBIDDEN. */
export function withRole(viewer: Viewer | null, role: Role): Viewer {
  if (!signedIn(viewer).roles.includes(role)) throw forbidden();
  return viewer!;
}

/** The viewer if it is this user or an operator, or UNAUTHENTICATED, or FORBIDDEN. */
export function selfOrOperator(viewer: Viewer | null, userId: string): Viewer {
  if (signedIn(viewer).id !== userId && !isOperator(viewer)) throw forbidden();
  return viewer!;
}
