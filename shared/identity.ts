import { type JsonWebKey, type KeyObject, createPublicKey } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { Refusal, forbidden, unauthenticated } from './errors.ts';

export type Role = 'PLAYER' | 'OPERATOR' | 'SERVICE';

/** Who is asking, as the verified access token says. */
export interface Viewer {
  id: string;
  roles: readonly Role[];
  sessionId: string;
  /** What the token was issued for, by the claim `scope` (RFC 8693) or `scp`. */
  scopes?: readonly string[];
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

/** By `kid`. A key that this process cannot read is left out: the issuer may publish others for others. */
export function keysOf(set: JsonWebKeySet): Map<string, KeyObject> {
  return new Map(
    set.keys.flatMap((jwk) => {
      try {
        return [[jwk.kid, createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })] as const];
      } catch {
        return [];
      }
    }),
  );
}

/** Between tries of a process that has no keys yet: its issuer may be starting too. */
const shortPauseMs = 500;

export interface RemoteKeyTiming {
  /** Keys that are older are asked for again, while they go on serving. */
  freshMs?: number;
  /** The shortest time between two tries, whatever came of the first. */
  pauseMs?: number;
  timeoutMs?: number;
}

/**
 * Keys from a JWKS address. Only a `kid` that is not known waits for the issuer; keys that were known serve at once, also while the issuer is
 * away, and are renewed behind the request (stale-while-revalidate). A failed try counts as a try: nobody waits for a dead address twice.
 */
export function remoteKeys(
  url: string,
  { freshMs = 600_000, pauseMs = 5000, timeoutMs = 2000 }: RemoteKeyTiming = {},
): KeySource {
  let keys = new Map<string, KeyObject>();
  let renewedAt = -Infinity;
  let triedAt = -Infinity;
  let trying: Promise<void> | undefined;
  const ask = async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    keys = keysOf((await response.json()) as JsonWebKeySet);
    renewedAt = performance.now();
  };
  /** Resolves when the try is over that runs now, or that may begin now; at once when the last one was a moment ago. */
  const renew = (): Promise<void> | undefined => {
    const pause = keys.size === 0 ? Math.min(pauseMs, shortPauseMs) : pauseMs;
    if (trying || performance.now() - triedAt < pause) return trying;
    const over = () => {
      triedAt = performance.now();
      trying = undefined;
    };
    return (trying = ask().then(over, over));
  };
  return async (kid) => {
    const known = keys.get(kid);
    if (known) {
      if (performance.now() - renewedAt > freshMs) void renew();
      return known;
    }
    await renew();
    if (keys.size === 0) throw new Refusal('UNAVAILABLE', 'Access tokens cannot be checked at the moment. Try again.');
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
  // RFC 7515, 4.1.11: extensions that must be understood are not understood here, and an unencoded payload (RFC 7797) is one.
  if ('crit' in header || 'b64' in header) throw unauthenticated();
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
    const scopes = scopesOf(claims['scope'] ?? claims['scp']);
    return {
      id: claims.sub,
      roles: claims['roles'] as Role[],
      sessionId: claims['sid'],
      ...(scopes.length > 0 && { scopes }),
      expiresAt: claims.exp,
    };
  } catch {
    throw unauthenticated();
  }
}

/** A list, or a text with spaces between the names. */
function scopesOf(claim: unknown): string[] {
  const names: unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return names.filter((name) => typeof name === 'string' && name !== '') as string[];
}

export const isOperator = (viewer: Viewer | null) => viewer?.roles.includes('OPERATOR') ?? false;

/** The viewer, or UNAUTHENTICATED. */
export function signedIn(viewer: Viewer | null): Viewer {
  if (!viewer) throw unauthenticated();
  return viewer;
}

/** The viewer with this role, or UNAUTHENTICATED, or FORBIDDEN. */
/** Who may read what is the same for all: whoever is signed in, unless a setting opens it to everyone. */
export type Readers = 'signed in' | 'everyone';

/** Throws UNAUTHENTICATED for who is not one of them. */
export function admit(viewer: Viewer | null, readers: Readers): void {
  if (readers === 'signed in') signedIn(viewer);
}

export function withRole(viewer: Viewer | null, role: Role): Viewer {
  if (!signedIn(viewer).roles.includes(role)) throw forbidden();
  return viewer!;
}

/** The viewer if it is this user or an operator, or UNAUTHENTICATED, or FORBIDDEN. */
export function selfOrOperator(viewer: Viewer | null, userId: string): Viewer {
  if (signedIn(viewer).id !== userId && !isOperator(viewer)) throw forbidden();
  return viewer!;
}
