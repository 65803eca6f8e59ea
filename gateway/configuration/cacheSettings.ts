import { formed, choice, secret, whole } from './kinds.ts';
import { isRedisUrl } from '../../shared/redis/redisAddress.ts';
import { optional, section, setting } from './section.ts';

const redisAddress = formed(
  'an address like redis://host:6379; the nodes of a cluster stand with commas between',
  '^rediss?(\\+cluster|\\+sentinel)?://[^\\s]+$',
  isRedisUrl,
);

const leastSecret = 32;

/** Answers of subgraphs that are kept. */
export const cacheSettings = section(
  {
    store: setting(
      choice('off', 'memory', 'redis'),
      'off',
      'where answers are kept for as long as their Cache-Control allows: in this process, or in a Redis, or a Redis Cluster, that several share',
    ),
    bytes: setting(whole(65_536, 64 * 1024 ** 3), 64 * 1024 * 1024, 'of `memory`: what all entries take at most'),
    redisUrl: optional(redisAddress, 'of `redis`', 'CACHE_REDIS_URL'),
    longestMs: setting(whole(1, 31_622_400_000), 86_400_000, 'nothing is kept for longer'),
    invalidationSecret: optional(
      secret(leastSecret),
      'what is shown as `Authorization: Bearer` to POST /cache/invalidate, with commas between several; absent: that address is not served',
      'CACHE_INVALIDATION_SECRET',
    ),
  },
  ({ store, redisUrl, invalidationSecret = '' }) => {
    if (store === 'redis' && redisUrl === undefined) return 'needs `redis_url` for its Redis';
    const isShort = secretsIn(invalidationSecret).some((each) => each.length < leastSecret);
    return isShort ? `has an \`invalidation_secret\` of less than ${leastSecret} characters` : undefined;
  },
);

/** Of a setting that takes several, so that one can be changed while others are still shown. */
export function secretsIn(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
}
