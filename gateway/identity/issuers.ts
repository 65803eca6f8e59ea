import type { KeyObject } from 'node:crypto';
import jsonwebtoken, { type JwtPayload } from 'jsonwebtoken';
import { unauthenticated } from '../../shared/errors.ts';
import { type KeySource, type Role, type Viewer, remoteKeys } from '../../shared/identity.ts';
import type { Configuration } from '../configuration/description.ts';
import type { Verify } from './viewers.ts';

type IssuerTerms = Configuration['identity']['issuers'][number];

const clockSkewSeconds = 60;

/** Tokens of several issuers, each by its own keys and claims. What is wrong with a token is never told. */
export function byIssuers(issuers: readonly IssuerTerms[]): Verify {
  const known = new Map<string, { terms: IssuerTerms; keys: KeySource }>();
  for (const terms of issuers) known.set(terms.issuer, { terms, keys: remoteKeys(terms.jwks) });
  return async (authorization) => {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
    const decoded = token ? jsonwebtoken.decode(token, { complete: true }) : null;
    const claimed = decoded && typeof decoded.payload !== 'string' ? decoded.payload.iss : undefined;
    const issuer = known.get(claimed ?? '');
    if (!token || !decoded || !issuer) throw unauthenticated();
    const { terms, keys } = issuer;
    const { header } = decoded;
    if (terms.type !== 'any' && header.typ?.toLowerCase() !== terms.type.toLowerCase()) throw unauthenticated();
    // RFC 7515, 4.1.11: extensions that must be understood are not understood here, and an unencoded payload (RFC 7797) is one.
    if ('crit' in header || 'b64' in header || !header.kid) throw unauthenticated();
    const { kid } = header;
    const key = await keys(kid);
    if (!key) throw unauthenticated();
    const viewer = viewerIn(verified(token, key, terms), terms);
    return { viewer, isKeyGood: async () => (await keys(kid)) === key };
  };
}

function verified(token: string, key: KeyObject, { issuer, audiences, algorithms }: IssuerTerms): JwtPayload {
  try {
    const [first, ...others] = audiences;
    const claims = jsonwebtoken.verify(token, key, {
      algorithms: [...algorithms],
      issuer,
      ...(first !== undefined && { audience: [first, ...others] }),
    });
    if (typeof claims !== 'string') return claims;
  } catch {
    // Whoever sent it learns only that it is no good.
  }
  throw unauthenticated();
}

function viewerIn(claims: JwtPayload, terms: IssuerTerms): Viewer {
  const { exp, iat } = claims;
  const [id, session] = [claimAt(claims, terms.user), claimAt(claims, terms.session)];
  if (typeof id !== 'string' || id === '' || typeof exp !== 'number') throw unauthenticated();
  if (typeof iat !== 'number' || iat > Date.now() / 1000 + clockSkewSeconds) throw unauthenticated();
  if ((exp - iat) * 1000 > terms.longestMs) throw unauthenticated();
  const scopes = words(claimAt(claims, terms.scopes));
  return {
    id,
    roles: words(claimAt(claims, terms.roles)) as Role[],
    // Other issuers know no sessions; then a token is one.
    sessionId: typeof session === 'string' ? session : (claims.jti ?? id),
    ...(scopes.length > 0 && { scopes }),
    expiresAt: exp,
  };
}

/** `realm_access.roles`; a name with dots in it stands in quotes. */
function claimAt(claims: JwtPayload, path: string): unknown {
  let value: unknown = claims;
  for (const [, quoted, plain] of path.matchAll(/"([^"]+)"|([^".]+)/g)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, quoted ?? plain!)) return undefined;
    value = (value as Record<string, unknown>)[quoted ?? plain!];
  }
  return value;
}

/** A list, or a text with spaces between the names. */
function words(claim: unknown): string[] {
  const names: unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return names.filter((name) => typeof name === 'string' && name !== '') as string[];
}
