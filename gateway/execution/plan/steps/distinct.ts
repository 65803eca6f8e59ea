import type { Json, JsonObject } from '../../answer/path.ts';

type Branch = Map<Json | undefined, Branch | number>;

/** Numbers combinations of values, to recognise one that came before without writing it out. */
export class Distinct {
  readonly #root: Branch = new Map();

  /** The number of what the object has under these keys; undefined when that is new. */
  find(object: JsonObject, keys: readonly string[]): number | undefined {
    let at: Branch | number | undefined = this.#root;
    for (const key of keys) {
      at = (at as Branch).get(object[key]);
      if (at === undefined) return undefined;
    }
    return at as number;
  }

  add(object: JsonObject, keys: readonly string[], number: number): void {
    let at = this.#root;
    for (const key of keys.slice(0, -1)) {
      let next = at.get(object[key]) as Branch | undefined;
      if (!next) at.set(object[key], (next = new Map()));
      at = next;
    }
    at.set(object[keys.at(-1)!], number);
  }
}
