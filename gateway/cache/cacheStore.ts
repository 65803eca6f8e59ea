/** One thing that is kept. */
export interface CacheEntry {
  /** JSON. */
  text: string;
  /** In milliseconds since 1970. */
  expiresAt: number;
  isShared: boolean;
}

export interface NewEntry extends CacheEntry {
  key: string;
  tags: readonly string[];
}

export interface Found {
  entries: (CacheEntry | undefined)[];
  /** When it was looked: what is asked now and comes later is not kept if it was invalidated in between. */
  asOf: number;
}

/** Where answers of subgraphs are kept. What fails is a miss to whoever asks. */
export interface CacheStore {
  find(keys: readonly string[]): Promise<Found>;
  keep(entries: readonly NewEntry[], asOf: number): Promise<void>;
  /** Drops everything that has one of the tags. Resolves to how many entries that were. */
  invalidate(tags: readonly string[]): Promise<number>;
  /** What this process holds itself. */
  size(): { entries: number; bytes: number };
  stop(): void;
}
