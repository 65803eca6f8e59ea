import type { KeyObject } from 'node:crypto';
import { type KeySource, type Viewer, viewerOf } from '../../shared/identity.ts';
import type { Sessions } from './sessions.ts';

/** Finds the viewer of an `Authorization` header, as `viewerOf` does. */
export type Viewers = (authorization: string | undefined) => Promise<Viewer | null>;

interface Verified {
  viewer: Viewer;
  kid: string;
  key: KeyObject | undefined;
}

/**
 * Verifies a token once: until it ends, or its key is no longer the issuer's, the same header means the same viewer; whether the session has
 * ended is looked at each time. At most `limit` are kept.
 */
export function openViewers(keys: KeySource, sessions?: Sessions, limit = 10_000): Viewers {
  const verified = new Map<string, Verified>();
  return async (authorization) => {
    if (!authorization) return null;
    const known = verified.get(authorization);
    if (known) {
      const isGood = known.viewer.expiresAt > Date.now() / 1000 && (await keys(known.kid)) === known.key;
      if (isGood) {
        sessions?.check(known.viewer);
        return known.viewer;
      }
      verified.delete(authorization);
    }
    let found: Omit<Verified, 'viewer'> | undefined;
    const viewer = await viewerOf(authorization, async (kid) => (found = { kid, key: await keys(kid) }).key);
    if (viewer && found) verified.set(authorization, { viewer, ...found });
    if (verified.size > limit) verified.delete(verified.keys().next().value!);
    if (viewer) sessions?.check(viewer);
    return viewer;
  };
}
