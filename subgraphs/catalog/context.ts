import DataLoader from 'dataloader';
import type { Clock } from '../../shared/clock.ts';
import type { OperatorsOnly } from '../../shared/subgraph/operators.ts';
import type { SubgraphHealth } from '../../shared/process/health.ts';
import { type Readers, type Viewer, admit } from '../../shared/identity.ts';
import { optionalReason } from '../../shared/subgraph/reason.ts';
import type { Caller } from '../../shared/subgraph/subgraph.ts';
import type { Cache, Lookup } from './cache/cache.ts';
import type { Quest, Reward } from './definition/definition.rules.ts';
import type { Action, Author } from './history.ts';
import type { Lookups } from './cache/lookups.ts';
import type { QuestStore } from './store.ts';

/** What a resolver has at hand during one request. */
export interface Context {
  viewer: Viewer | null;
  /** Throws UNAUTHENTICATED for who may not read the catalog. */
  admitReader(): void;
  /** The one instant at which the request happens. */
  now: Date;
  questById: DataLoader<string, Quest | null>;
  questByName: DataLoader<string, Quest | null>;
  rewardById: DataLoader<string, Reward | null>;
  store: QuestStore;
  /** The operator who is about to do something, for the record. Throws as `operatorsOnly` does, and BAD_USER_INPUT for a reason that is none. */
  author(action: Action, target: string | null, reason: string | null | undefined): Promise<Author>;
  cacheStats: Cache['stats'];
  findHealth(): Promise<SubgraphHealth>;
}

const loaderOf = <Value>(lookup: Lookup<Value>) => new DataLoader<string, Value | null>((keys) => lookup.find(keys));

/** What a request asks for one by one is looked up together. */
export function contextOf(
  store: QuestStore,
  lookups: Lookups,
  cache: Cache,
  operators: OperatorsOnly,
  findHealth: Context['findHealth'],
  clock: Clock,
  readers: Readers,
): (caller: Caller) => Context {
  return ({ viewer, requestId }) => {
    const now = clock();
    return {
      viewer,
      admitReader: () => admit(viewer, readers),
      now,
      questById: loaderOf(lookups.questById),
      questByName: loaderOf(lookups.questByName),
      rewardById: loaderOf(lookups.rewardById),
      store,
      async author(action, targetId, reason) {
        const { actorId } = await operators({ viewer, action, targetId, requestId, now });
        return { by: actorId, now, reason: optionalReason(reason), requestId };
      },
      cacheStats: cache.stats,
      findHealth,
    };
  };
}
