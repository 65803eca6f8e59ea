import { Redis } from 'ioredis';
import type { Log } from '../../../shared/log.ts';
import type { Item, Shelf } from './cache.ts';

/** KEYS: the items'. ARGV: milliseconds to live, then version and text of each. An item is `version text`; a newer one stays. */
const putNewest = `
for i, key in ipairs(KEYS) do
  local version = ARGV[2 * i]
  local held = redis.call('GET', key)
  if not held or tonumber(string.match(held, '^%d+')) <= tonumber(version) then
    redis.call('SET', key, version .. ' ' .. ARGV[2 * i + 1], 'PX', ARGV[1])
  end
end`;

/** After a failure nobody asks for this long, so that a Redis that hangs costs one request its time limit and not each of them. */
const restMs = 1000;

/** A shelf that all catalog processes share, so that what one of them changes is new for all. */
export function redisShelf(redis: Redis, ttlMs = 60_000): Shelf {
  let restsUntil = -Infinity;
  return {
    async take(keys) {
      if (performance.now() < restsUntil) throw new Error('Redis was away a moment ago');
      try {
        const held = await inTime(redis.mget([...keys]));
        return held.map((item) => item && item.slice(item.indexOf(' ') + 1));
      } catch (error) {
        restsUntil = performance.now() + restMs;
        throw error;
      }
    },
    async put(items: readonly Item[]) {
      if (items.length === 0) return;
      const values = items.flatMap(({ version, text }) => [version, text]);
      await inTime(redis.eval(putNewest, items.length, ...items.map(({ key }) => key), ttlMs, ...values));
    },
    close: async () => redis.disconnect(),
  };
}

const longestMs = 200;

/**
 * Fails when the answer has not come after so long. One that came while this process was busy with other things has come: it is read between
 * the timer and the immediate.
 */
function inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(new Error('Redis is late'))), longestMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** A connection whose commands fail at once while Redis is away, and after a second while it hangs. */
export function connectRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: 1000,
    connectTimeout: 1000,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1000),
  });
  let away = false;
  redis.on('ready', () => (away = false));
  redis.on('error', (error) => {
    if (!away) log.warn({ error: error.message }, 'Redis is away: quests come from the database');
    away = true;
  });
  return redis;
}
