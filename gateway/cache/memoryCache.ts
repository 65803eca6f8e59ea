import type { CacheEntry, CacheStore, NewEntry } from './cacheStore.ts';

interface Held extends NewEntry {
  bytes: number;
}

/** Beside its texts, what an entry and each of its tags take at most. */
const overhead = 400;
/** No entry may push out more than this part of the others. */
const largestPart = 8;
/** Of so many tags it is known when they were invalidated. */
const mostRemembered = 10_000;

/** Answers in this process: at most so many bytes, of which those that were used least recently go first. */
export class MemoryCache implements CacheStore {
  readonly #limit: number;
  readonly #entries = new Map<string, Held>();
  readonly #byTag = new Map<string, Set<Held>>();
  /** When each tag was last invalidated, oldest first, by a clock that goes on with each invalidation. */
  readonly #invalidated = new Map<string, number>();
  #forgottenUntil = 0;
  #clock = 0;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  async find(keys: readonly string[]) {
    const now = Date.now();
    const entries = keys.map((key): CacheEntry | undefined => {
      const held = this.#entries.get(key);
      if (!held) return undefined;
      this.#entries.delete(key);
      if (held.expiresAt > now) this.#entries.set(key, held);
      else this.#forget(held);
      return held.expiresAt > now ? held : undefined;
    });
    return { entries, asOf: this.#clock };
  }

  async keep(entries: readonly NewEntry[], asOf: number) {
    if (asOf < this.#forgottenUntil) return;
    for (const entry of entries) {
      if (entry.tags.some((tag) => (this.#invalidated.get(tag) ?? 0) > asOf)) continue;
      const before = this.#entries.get(entry.key);
      if (before) this.#remove(before);
      const bytes = sizeOf(entry);
      if (bytes > this.#limit / largestPart) continue;
      const held = { ...entry, bytes };
      this.#entries.set(entry.key, held);
      this.#bytes += bytes;
      for (const tag of entry.tags) {
        const tagged = this.#byTag.get(tag);
        if (tagged) tagged.add(held);
        else this.#byTag.set(tag, new Set([held]));
      }
    }
    for (const oldest of this.#entries.values()) {
      if (this.#bytes <= this.#limit) break;
      this.#remove(oldest);
    }
  }

  async invalidate(tags: readonly string[]) {
    const meant = new Set(tags.flatMap((tag) => [...(this.#byTag.get(tag) ?? [])]));
    for (const held of meant) this.#remove(held);
    for (const tag of tags) {
      this.#invalidated.delete(tag);
      this.#invalidated.set(tag, ++this.#clock);
    }
    for (const [tag, at] of this.#invalidated) {
      if (this.#invalidated.size <= mostRemembered) break;
      this.#invalidated.delete(tag);
      this.#forgottenUntil = at;
    }
    return meant.size;
  }

  size() {
    return { entries: this.#entries.size, bytes: this.#bytes };
  }

  stop(): void {
    this.#entries.clear();
    this.#byTag.clear();
  }

  #remove(held: Held): void {
    this.#entries.delete(held.key);
    this.#forget(held);
  }

  #forget(held: Held): void {
    this.#bytes -= held.bytes;
    for (const tag of held.tags) {
      const tagged = this.#byTag.get(tag);
      tagged?.delete(held);
      if (tagged?.size === 0) this.#byTag.delete(tag);
    }
  }
}

/** A character takes two bytes at most. */
const sizeOf = ({ key, text, tags }: NewEntry): number =>
  2 * (key.length + text.length) + tags.reduce((sum, tag) => sum + 2 * tag.length + overhead, overhead);
