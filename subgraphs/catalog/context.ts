import DataLoader from 'dataloader';
import type { Viewer } from '../shared/identity.ts';
import type { Caller } from '../shared/subgraph.ts';
import type { Cache, Lookup } from './cache.ts';
import type { Quest, Reward } from './definition.ts';
import type { Lookups } from './lookups.ts';
import type { QuestStore } from './store.ts';

/** What a resolver has at hand during one request. */
export interface Context {
  viewer: Viewer | null;
  /** The one instant at which the request happens. */
  now: Date;
  questById: DataLoader<string, Quest | null>;
  questByName: DataLoader<string, Quest | null>;
  rewardById: DataLoader<string, Reward | null>;
  store: QuestStore;
  cacheStats: Cache['stats'];
}

const loaderOf = <Value>(lookup: Lookup<Value>) => new DataLoader<string, Value | null>((keys) => lookup.find(keys));

/** What a request asks for one by one is looked up together. */
export function contextOf(store: QuestStore, lookups: Lookups, cache: Cache): (caller: Caller) => Context {
  return ({ viewer }) => ({
    viewer,
    now: new Date(),
    questById: loaderOf(lookups.questById),
    questByName: loaderOf(lookups.questByName),
    rewardById: loaderOf(lookups.rewardById),
    store,
    cacheStats: cache.stats,
  });
}
