import { createHash } from 'node:crypto';
import { failpoint } from '../../../shared/process/failpoint.ts';

/** What a cache keeps for a key: text, and a version by which the newer of two is known. */
export interface Item {
  key: string;
  version: number;
  text: string;
}

/** Where a cache keeps its items. It may forget any of them at any moment, and never keeps an older version over a newer one. */
export interface Shelf {
  /** The text of each key, in order; null for what is not there. Rejects when the shelf cannot be reached. */
  take(keys: readonly string[]): Promise<(string | null)[]>;
  put(items: readonly Item[]): Promise<void>;
  close(): Promise<void>;
}

/** One way to look something up: what is looked up, and where it comes from when the cache has none. */
export interface LookupTerms<Value> {
  name: string;
  /** Follows from what the text of a value looks like. */
  schema: string;
  /** False for keys that nothing can have; they are answered without asking anyone. */
  isKey(key: string): boolean;
  keyOf(value: Value): string;
  versionOf(value: Value): number;
  revive(text: string): Value;
  load(keys: string[]): Promise<Value[]>;
}

export interface Lookup<Value> {
  /** The value of each key, in order; null where there is none. What the cache lacks is loaded in one call. */
  find(keys: readonly string[]): Promise<(Value | null)[]>;
  /** These are the newest: whoever asks from now on gets them. */
  keep(values: readonly Value[]): Promise<void>;
}

export interface Cache {
  lookup<Value>(terms: LookupTerms<Value>): Lookup<Value>;
  /** Since the process started. */
  stats(): { hits: number; misses: number };
}

const largestInt = 2 ** 31 - 1;

/**
 * Cache-aside: a look-up asks the shelf, then the source, and leaves on the shelf what it found. Equal look-ups at the same time are one.
 * A shelf that cannot be reached is a miss. Public facts only: keys say nothing of who asks.
 */
export function openCache(shelf: Shelf): Cache {
  let hits = 0;
  let misses = 0;
  return {
    stats: () => ({ hits: Math.min(hits, largestInt), misses: Math.min(misses, largestInt) }),
    lookup<Value>({ name, schema, isKey, keyOf, versionOf, revive, load }: LookupTerms<Value>): Lookup<Value> {
      const flights = new Map<string, Promise<Found<Value>>>();
      // Hashed, so that nothing a caller writes becomes part of a key; by schema, so that a new form of the text never meets an old one.
      const address = (key: string) =>
        `questline:catalog:${schema}:${name}:${createHash('sha256').update(key).digest('base64url')}`;
      const itemOf = (value: Value): Item => ({
        key: address(keyOf(value)),
        version: versionOf(value),
        text: JSON.stringify(value),
      });

      async function fetch(keys: string[]): Promise<Map<string, Found<Value>>> {
        const texts: (string | null)[] = await shelf.take(keys.map(address)).catch(() => []);
        failpoint('catalog.duringFetch');
        const found = new Map<string, Found<Value>>();
        keys.forEach((key, index) => {
          const value = readable(texts[index], revive);
          if (value) found.set(key, { value, hit: true });
        });
        const missing = keys.filter((key) => !found.has(key));
        if (missing.length === 0) return found;
        const values = await load(missing);
        for (const value of values) found.set(keyOf(value), { value, hit: false });
        // Nobody waits for the shelf to take what they already hold.
        void shelf.put(values.map(itemOf)).catch(() => {});
        return found;
      }

      function board(keys: string[]): void {
        const fetched = fetch(keys);
        for (const key of keys) {
          const flight = fetched.then((found) => found.get(key) ?? { value: null, hit: false });
          flights.set(key, flight);
          const land = () => flights.get(key) === flight && flights.delete(key);
          flight.then(land, land);
        }
      }

      return {
        async find(keys) {
          const possible = [...new Set(keys.filter(isKey))];
          const grounded = possible.filter((key) => !flights.has(key));
          if (grounded.length > 0) board(grounded);
          const found = new Map(
            await Promise.all(possible.map(async (key) => [key, await flights.get(key)!] as const)),
          );
          for (const { hit } of found.values()) {
            if (hit) hits++;
            else misses++;
          }
          return keys.map((key) => found.get(key)?.value ?? null);
        },
        async keep(values) {
          // A flight that left before the change would bring back what was before it.
          for (const value of values) flights.delete(keyOf(value));
          await shelf.put(values.map(itemOf)).catch(() => {});
        },
      };
    },
  };
}

interface Found<Value> {
  value: Value | null;
  hit: boolean;
}

/** What cannot be read is as good as not there. */
function readable<Value>(text: string | null | undefined, revive: (text: string) => Value): Value | null {
  try {
    return text ? revive(text) : null;
  } catch {
    return null;
  }
}
