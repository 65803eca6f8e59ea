import type { KeyObject } from 'node:crypto';
import { type KeySource, type Viewer, viewerOf } from '../../shared/identity.ts';
import type { Sessions } from './sessions.ts';

/** Finds the viewer of an `Authorization` header, as `viewerOf` does. */
export type Viewers = (authorization: string | undefined) => Promise<Viewer | null>;

/** Verifies a header. `isKeyGood` tells later, without verifying again, whether the key is still its issuer's. */
export type Verify = (authorization: string) => Promise<Verified>;

export interface Verified {
  viewer: Viewer;
  isKeyGood(): Promise<boolean>;
}

/** Tokens of Questline's own auth. */
export const byKeys =
  (keys: KeySource): Verify =>
  async (authorization) => {
    let [kid, key]: [string, KeyObject | undefined] = ['', undefined];
    const viewer = await viewerOf(authorization, async (asked) => (key = await keys((kid = asked))));
    return { viewer: viewer!, isKeyGood: async () => (await keys(kid)) === key };
  };

/**
 * Verifies a token once: until it ends, or its key is no longer the issuer's, the same header means the same viewer; whether the session has
 * ended is looked at each time. At most `limit` are kept.
 */
export function openViewers(verify: Verify, sessions?: Sessions, limit = 10_000): Viewers {
  const verified = new Map<string, Verified>();
  return async (authorization) => {
    if (!authorization) return null;
    const known = verified.get(authorization);
    if (known) {
      if (known.viewer.expiresAt > Date.now() / 1000 && (await known.isKeyGood())) {
        sessions?.check(known.viewer);
        return known.viewer;
      }
      verified.delete(authorization);
    }
    const found = await verify(authorization);
    verified.set(authorization, found);
    if (verified.size > limit) verified.delete(verified.keys().next().value!);
    sessions?.check(found.viewer);
    return found.viewer;
  };
}
