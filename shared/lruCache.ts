/**
 * A map that keeps the most recently used entries, at most `limit` of them and with keys of at most `characters` in all: what is made of a long
 * document is large, so a stranger who sends ever new ones fills no memory with them.
 */
export class LruCache<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #limit: number;
  readonly #characters: number;
  #kept = 0;

  constructor(limit: number, characters = 2_000_000) {
    this.#limit = limit;
    this.#characters = characters;
  }

  /** The value of the key, made when it is not there. What throws is not kept. */
  get(key: string, make: () => Value): Value {
    const kept = this.#entries.get(key);
    const value = kept ?? make();
    if (kept === undefined) this.#kept += key.length;
    else this.#entries.delete(key);
    this.#entries.set(key, value);
    while (this.#entries.size > this.#limit || (this.#kept > this.#characters && this.#entries.size > 1)) {
      const oldest = this.#entries.keys().next().value!;
      this.#entries.delete(oldest);
      this.#kept -= oldest.length;
    }
    return value;
  }

  /** The value of the key if it is kept; this is a use of it. */
  find(key: string): Value | undefined {
    const kept = this.#entries.get(key);
    if (kept === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, kept);
    return kept;
  }

  /** Those that were used most recently, the last one last. */
  newest(count: number): Value[] {
    return [...this.#entries.values()].slice(-count);
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#kept -= key.length;
  }
}
