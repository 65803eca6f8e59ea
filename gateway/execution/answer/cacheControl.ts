/** What a Cache-Control header says, by RFC 9111. */
export interface CacheDirectives {
  /** How long a cache of one client may keep it, and one of many; 0: not at all. */
  seconds: number;
  sharedSeconds: number;
  isPrivate: boolean;
  /** Said in so many words; silence allows nothing to whoever has a token. */
  isPublic: boolean;
}

export function readCacheControl(header: string | undefined): CacheDirectives {
  const directives = (header ?? 'no-store').toLowerCase().split(/\s*,\s*/);
  const has = (name: string) => directives.some((each) => each === name || each.startsWith(`${name}=`));
  const age = (name: string) => {
    const found = directives.flatMap((each) => new RegExp(`^${name}="?(\\d{1,9})"?$`).exec(each)?.[1] ?? []);
    return found.length > 0 ? Number(found[0]) : undefined;
  };
  const isForbidden = has('no-store') || has('no-cache');
  const seconds = isForbidden ? 0 : (age('max-age') ?? 0);
  return {
    seconds,
    sharedSeconds: isForbidden ? 0 : (age('s-maxage') ?? seconds),
    isPrivate: has('private'),
    isPublic: has('public') && !has('private'),
  };
}

/**
 * What holds for an answer that is made of several: it may be kept for the shortest of their times, and by shared caches only when each of
 * them may. Undefined: by none.
 */
export function leastCacheable(parts: readonly (string | undefined)[]): string | undefined {
  let shortest = Infinity;
  let isPrivate = false;
  for (const part of parts) {
    const read = readCacheControl(part);
    if (read.seconds === 0) return undefined;
    shortest = Math.min(shortest, read.seconds);
    isPrivate ||= read.isPrivate;
  }
  return shortest === Infinity ? undefined : `max-age=${shortest}, ${isPrivate ? 'private' : 'public'}`;
}
