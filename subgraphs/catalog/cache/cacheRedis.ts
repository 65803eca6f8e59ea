import type { Log } from '../../../shared/process/log.ts';
import { type Command, type RedisLink, openRedis, whole } from '../../../shared/redis/redis.ts';
import type { Item, Shelf } from './cache.ts';

/** KEYS: the item's. ARGV: milliseconds to live, version, text. An item is `version text`; a newer one stays. */
const putNewest = `
local held = redis.call('GET', KEYS[1])
if not held or tonumber(string.match(held, '^%d+')) <= tonumber(ARGV[2]) then
  redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[3], 'PX', ARGV[1])
end`;

/** After a failure nobody asks for this long, so that a Redis that hangs costs one request its time limit and not each of them. */
const restMs = 1000;

/** A shelf that all catalog processes share, so that what one of them changes is new for all. */
export function redisShelf(link: RedisLink, ttlMs = 60_000): Shelf {
  let restsUntil = -Infinity;
  // One by one: the keys of a cluster's commands lie on one node.
  const send = async (commands: Command[]) => whole(await link.send(commands));
  return {
    async take(keys) {
      if (performance.now() < restsUntil) throw new Error('Redis was away a moment ago');
      try {
        const held = (await send(keys.map((key) => ({ key, words: ['get', key] })))) as (string | null)[];
        return held.map((item) => item && item.slice(item.indexOf(' ') + 1));
      } catch (error) {
        restsUntil = performance.now() + restMs;
        throw error;
      }
    },
    async put(items: readonly Item[]) {
      await send(
        items.map(({ key, version, text }) => ({ key, words: ['eval', putNewest, 1, key, ttlMs, version, text] })),
      );
    },
    close: () => link.close(),
  };
}

/** Commands fail at once while Redis is away, and soon while it hangs. */
export function connectShelf(url: string, log: Log): Shelf {
  let isAway = false;
  const link = openRedis(url, log, 'cache', ({ message }) => {
    if (!isAway) log.warn({ error: message }, 'Redis is away: quests come from the database');
    isAway = true;
  });
  link.client.on('ready', () => (isAway = false));
  void link.connect();
  return redisShelf(link);
}
