import type { Meter } from '../../shared/process/metrics.ts';
import type { Caller } from '../identity/forwarding.ts';
import type { Item } from './cacheKeys.ts';
import type { CacheEntry, CacheStore, NewEntry } from './cacheStore.ts';

export interface Looked {
  /** In the order of the items. */
  kept: (CacheEntry | undefined)[];
  asOf: number;
  /** Whoever waits for what is asked now waits no longer. To be called in any case. */
  end(): void;
}

/** Of so many shapes it is known that their answers are not shared. */
const mostShapes = 10_000;

/**
 * Looks into the store, and lets equal requests of different callers that overlap in time be one: whoever misses what another asks for already
 * waits, and looks again. What turns out to be private is not waited for the next time. A store that fails holds nothing.
 */
export class Lookups {
  readonly #store: CacheStore;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #unshared = new Set<string>();
  readonly #counts = new Map<string, number>();

  constructor(store: CacheStore, meter: Meter) {
    this.#store = store;
    meter.counter('cache_lookups', 'What was looked for in the cache of subgraphs’ answers', () =>
      [...this.#counts].map(([key, value]) => {
        const [outcome, service] = key.split(' ') as [string, string];
        return { value, labels: { outcome, service } };
      }),
    );
    meter.gauge('cache_entries', 'Entries of the cache in this process', () => store.size().entries);
    meter.gauge('cache_bytes', 'What they take at most', () => store.size().bytes);
  }

  /** How often something was found or not, by subgraph. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  async find(service: string, items: readonly Item[], shape: string, mode: Caller['cache']): Promise<Looked> {
    let { kept, asOf } = await this.#look(items, mode);
    const others = this.#unshared.has(shape) || mode === 'reload' ? [] : this.#waitedFor(items, kept);
    if (others.length > 0) {
      await Promise.all(others);
      ({ kept, asOf } = await this.#look(items, mode));
    }
    const missing = items.filter((_, i) => !kept[i]);
    this.#count(service, 'hit', items.length - missing.length);
    this.#count(service, mode === 'reload' ? 'bypassed' : 'miss', missing.length);
    return { kept, asOf, end: this.#begin(missing) };
  }

  /** Tells what has come of a shape. */
  isShared(shape: string, isShared: boolean): void {
    if (isShared) this.#unshared.delete(shape);
    else this.#unshared.add(shape);
    if (this.#unshared.size > mostShapes) this.#unshared.delete(this.#unshared.values().next().value!);
  }

  async keep(entries: readonly NewEntry[], asOf: number): Promise<void> {
    if (entries.length > 0 && asOf >= 0) await this.#store.keep(entries, asOf).catch(() => {});
  }

  /** Rejects when the store cannot be reached: then nobody knows what is dropped. */
  async invalidate(tags: readonly string[]): Promise<number> {
    return this.#store.invalidate(tags);
  }

  async #look(items: readonly Item[], mode: Caller['cache']): Promise<Pick<Looked, 'kept' | 'asOf'>> {
    try {
      const keys = mode === 'reload' ? [] : items.flatMap(({ shared, own }) => [own, shared]);
      const { entries, asOf } = await this.#store.find(keys);
      return { kept: items.map((_, i) => entries[2 * i] ?? entries[2 * i + 1]), asOf };
    } catch {
      return { kept: items.map(() => undefined), asOf: -1 };
    }
  }

  #waitedFor(items: readonly Item[], kept: Looked['kept']): Promise<void>[] {
    return [...new Set(items.flatMap(({ shared }, i) => (kept[i] ? [] : (this.#underWay.get(shared) ?? []))))];
  }

  #begin(missing: readonly Item[]): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    const begun = missing.filter(({ shared }) => !this.#underWay.has(shared));
    for (const { shared } of begun) this.#underWay.set(shared, promise);
    return () => {
      for (const { shared } of begun) this.#underWay.delete(shared);
      resolve();
    };
  }

  #count(service: string, outcome: string, times: number): void {
    if (times === 0) return;
    const key = `${outcome} ${service}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + times);
  }
}
