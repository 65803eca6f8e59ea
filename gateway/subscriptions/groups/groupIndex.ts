import type { Group } from './group.ts';

type Indexed = Pick<Group, 'cursor' | 'isLive'>;

/**
 * The groups of one key, found by where they stand without a look at each: when thousands come back after a cut, every one at another event,
 * each join and each step is one look-up.
 */
export class GroupIndex<Item extends Indexed = Group> {
  readonly #groups = new Set<Item>();
  readonly #live = new Set<Item>();
  readonly #byCursor = new Map<string, Item>();
  /** Under which cursor each group is to be found. */
  readonly #standing = new Map<Item, string>();

  get size(): number {
    return this.#groups.size;
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.#groups[Symbol.iterator]();
  }

  /** A resuming subscriber joins only a group at its cursor; a new one joins any live group. */
  find(after: string | undefined): Item | undefined {
    if (after !== undefined) return this.#byCursor.get(after);
    const [live] = this.#live;
    return live;
  }

  add(group: Item): void {
    this.#groups.add(group);
    this.update(group);
  }

  delete(group: Item): void {
    this.#groups.delete(group);
    this.#live.delete(group);
    this.#leave(group);
  }

  /** To be told when a group stands at another event, or has become live. Returns the other group that stands there already. */
  update(group: Item): Item | undefined {
    if (!this.#groups.has(group)) return undefined;
    if (group.isLive) this.#live.add(group);
    const { cursor } = group;
    if (cursor === undefined || this.#standing.get(group) === cursor) return undefined;
    this.#leave(group);
    const other = this.#byCursor.get(cursor);
    if (other) return other;
    this.#byCursor.set(cursor, group);
    this.#standing.set(group, cursor);
    return undefined;
  }

  #leave(group: Item): void {
    const cursor = this.#standing.get(group);
    if (cursor === undefined) return;
    this.#standing.delete(group);
    this.#byCursor.delete(cursor);
  }
}
