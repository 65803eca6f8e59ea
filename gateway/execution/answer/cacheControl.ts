/**
 * What holds for an answer that is made of several, by RFC 9111: it may be kept for the shortest of their times, and by shared caches only when
 * each of them may. Undefined: by none.
 */
export function leastCacheable(parts: readonly (string | undefined)[]): string | undefined {
  let shortest = Infinity;
  let isPrivate = false;
  for (const part of parts) {
    const directives = (part ?? 'no-store').toLowerCase().split(/\s*,\s*/);
    const age = directives
      .map((each) => /^max-age="?(\d{1,9})"?$/.exec(each)?.[1])
      .find((found) => found !== undefined);
    if (age === undefined || age === '0' || directives.includes('no-store') || directives.includes('no-cache'))
      return undefined;
    shortest = Math.min(shortest, Number(age));
    isPrivate ||= directives.includes('private');
  }
  return shortest === Infinity ? undefined : `max-age=${shortest}, ${isPrivate ? 'private' : 'public'}`;
}
