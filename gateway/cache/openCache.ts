import type { Log } from '../../shared/process/log.ts';
import type { Meter } from '../../shared/process/metrics.ts';
import type { Configuration } from '../configuration/description.ts';
import type { SubgraphTermsOf } from '../supergraph/subgraphTerms.ts';
import type { AnswerCacheSettings } from './answerCache.ts';
import { secretsIn } from '../configuration/cacheSettings.ts';
import { type InvalidationDoor, openInvalidationDoor } from './invalidationDoor.ts';
import { Lookups } from './lookups.ts';
import { MemoryCache } from './memoryCache.ts';
import { RedisCache } from './redisCache.ts';

export type CacheSettings = Configuration['cache'];

/** The cache of subgraphs' answers. It outlives reloads. */
export interface Cache extends AnswerCacheSettings {
  /** Absent: nobody may invalidate. */
  door: InvalidationDoor | undefined;
  stop(): void;
}

/** Undefined when nothing is to be kept. */
export function openCache(
  settings: CacheSettings,
  termsOf: SubgraphTermsOf,
  meter: Meter,
  log: Log,
): Cache | undefined {
  const { store: kind, bytes, redisUrl, longestMs, invalidationSecret } = settings;
  if (kind === 'off') return undefined;
  const store = kind === 'redis' ? new RedisCache(redisUrl!, log) : new MemoryCache(bytes);
  const lookups = new Lookups(store, meter);
  return {
    lookups,
    longestMs,
    isCached: (service) => termsOf(service).cached,
    door:
      invalidationSecret === undefined
        ? undefined
        : openInvalidationDoor(secretsIn(invalidationSecret), (tags) => lookups.invalidate(tags)),
    stop: () => store.stop(),
  };
}
