import type { Log } from '../../../shared/process/log.ts';
import { openRedis, whole } from '../../../shared/redis/redis.ts';
import type { Entry } from './timelineStore.ts';

/** The last entries of a timeline; it may forget any of them at any moment. Never rejects. */
export interface TimelineCache {
  /** Adds a post to the timelines that it holds. */
  prepend(entries: readonly Entry[]): Promise<void>;
  /** The last entries, or those before a place, the last first; undefined: what is asked for is not all held here. */
  read(userId: string, before: string | null, limit: number): Promise<Entry[] | undefined>;
  /** Rebuilds a timeline from what `load` finds. */
  fill(userId: string, load: () => Promise<Entry[]>): Promise<Entry[]>;
  close(): Promise<void>;
}

export const entriesCached = 500;
const ttlMs = 600_000;

/**
 * A timeline is a sorted set of posts by place. `-` says that it is being filled, so that what comes meanwhile is added to it; `*` that it is whole.
 * A member is there once however often it is added.
 */
const prepend = `
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
  redis.call('ZREMRANGEBYRANK', KEYS[1], 2, -(tonumber(ARGV[1]) + 1))
end`;
/** Only while it is still being filled: a Redis that forgot everything meanwhile may have missed a post. */
const complete = `
if redis.call('ZSCORE', KEYS[1], '-') then
  for i = 2, #ARGV, 2 do redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1]) end
  redis.call('ZADD', KEYS[1], -1, '*')
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end`;

const keyOf = (userId: string) => `questline:alerts:timeline:${userId}`;

/** For processes without Redis: every reading is one of the database. */
export const noCache: TimelineCache = {
  prepend: async () => {},
  read: async () => undefined,
  fill: (_, load) => load(),
  close: async () => {},
};

/** All commands of a timeline are about one key, so that a cluster has them on one node. */
export function redisCache(url: string, log: Log): TimelineCache {
  const link = openRedis(url, log, 'cache of timelines');
  void link.connect();
  const filling = new Map<string, Promise<Entry[]>>();
  const fill = async (userId: string, load: () => Promise<Entry[]>): Promise<Entry[]> => {
    const key = keyOf(userId);
    const begun = await link
      .atomically([
        { key, words: ['zadd', key, -2, '-'] },
        { key, words: ['pexpire', key, ttlMs] },
      ])
      .catch(() => undefined);
    const entries = await load();
    const places = entries.flatMap(({ seq, postId }) => [seq, postId]);
    if (begun) await link.send([{ key, words: ['eval', complete, 1, key, ttlMs, ...places] }]);
    return entries;
  };
  return {
    async prepend(entries) {
      await link.send(
        entries.map(({ userId, seq, postId }) => {
          const key = keyOf(userId);
          return { key, words: ['eval', prepend, 1, key, entriesCached + 2, seq, postId] };
        }),
      );
    },
    async read(userId, before, limit) {
      const key = keyOf(userId);
      const highest = before === null ? '+inf' : `(${before}`;
      try {
        const [isWhole, found, held] = whole(
          await link.send([
            { key, words: ['zscore', key, '*'] },
            { key, words: ['zrevrangebyscore', key, highest, 1, 'WITHSCORES', 'LIMIT', 0, limit] },
            { key, words: ['zcard', key] },
          ]),
        ) as [string | null, string[], number];
        if (isWhole === null) return undefined;
        const entries = Array.from({ length: found.length / 2 }, (_, n): Entry => {
          return { userId, postId: found[2 * n]!, seq: found[2 * n + 1]! };
        });
        // A full cache may end before the page does.
        return entries.length < limit && held >= entriesCached + 2 ? undefined : entries;
      } catch {
        return undefined;
      }
    },
    // Single-flight: of many who find nothing, one reads the database.
    fill(userId, load) {
      let flight = filling.get(userId);
      if (!flight) filling.set(userId, (flight = fill(userId, load).finally(() => filling.delete(userId))));
      return flight;
    },
    close: () => link.close(),
  };
}
