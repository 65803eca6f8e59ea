/** Message by message, which number each of its fields has had since it was first there. */
export type Lock = Record<string, Record<string, number>>;

/**
 * Gives fields their numbers. A field that the lock knows keeps its number; a new one gets the next that no field of its message has ever had;
 * one that is gone stays reserved.
 */
export class FieldNumbers {
  readonly #lock: Lock;
  readonly #seen = new Set<string>();

  constructor(lock: Lock) {
    this.#lock = structuredClone(lock);
  }

  of(
    message: string,
    names: readonly string[],
  ): { numbers: Map<string, number>; reserved: { name: string; number: number }[] } {
    this.#seen.add(message);
    const known = (this.#lock[message] ??= {});
    for (const name of names) known[name] ??= Math.max(0, ...Object.values(known)) + 1;
    const reserved = Object.entries(known).filter(([name]) => !names.includes(name));
    return {
      numbers: new Map(names.map((name) => [name, known[name]!])),
      reserved: reserved.map(([name, number]) => ({ name, number })),
    };
  }

  /** What to keep, in a stable order. Of messages that are gone nothing is kept: nobody sends them any more. */
  get lock(): Lock {
    return Object.fromEntries(
      Object.entries(this.#lock)
        .filter(([message]) => this.#seen.has(message))
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    );
  }
}
