import type { Item, Shelf } from './cache.ts';

export interface LocalShelfSettings {
  ttlMs?: number;
  /** Items at most; the one that was put first goes first. */
  capacity?: number;
  /** Milliseconds of a clock that never goes back. */
  clock?(): number;
}

/** A shelf in the memory of this process, for a catalog that runs as one process. */
export function localShelf({
  ttlMs = 60_000,
  capacity = 10_000,
  clock = () => performance.now(),
}: LocalShelfSettings = {}): Shelf {
  const held = new Map<string, Item & { until: number }>();
  const fresh = (key: string) => {
    const item = held.get(key);
    if (item && item.until > clock()) return item;
    held.delete(key);
    return undefined;
  };
  return {
    take: async (keys) => keys.map((key) => fresh(key)?.text ?? null),
    async put(items) {
      for (const item of items) {
        if ((fresh(item.key)?.version ?? 0) > item.version) continue;
        held.delete(item.key);
        held.set(item.key, { ...item, until: clock() + ttlMs });
        if (held.size > capacity) held.delete(held.keys().next().value!);
      }
    },
    close: async () => held.clear(),
  };
}
