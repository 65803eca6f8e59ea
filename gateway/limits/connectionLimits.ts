import type { limits } from './limits.ts';

export type ConnectionLimitSettings =
  Pick<typeof limits, 'connectionsPerUser' | 'connectionsPerAddress' | 'strangersPerAddress'> extends infer L
    ? { readonly [Name in keyof L]: number }
    : never;

/** How many connections are open, by user and by address. */
export class ConnectionLimits {
  readonly #limits: ConnectionLimitSettings;
  readonly #byAddress = new Map<string, number>();
  readonly #strangers = new Map<string, number>();
  readonly #byUser = new Map<string, number>();

  constructor(limits: ConnectionLimitSettings) {
    this.#limits = limits;
  }

  /** A connection comes, and is a stranger until it is known whose it is. False: there are too many from there. */
  arrive(address: string): boolean {
    const { connectionsPerAddress, strangersPerAddress } = this.#limits;
    if (countOf(this.#byAddress, address) >= connectionsPerAddress) return false;
    if (countOf(this.#strangers, address) >= strangersPerAddress) return false;
    change(this.#byAddress, address, 1);
    change(this.#strangers, address, 1);
    return true;
  }

  /** The stranger is this user. False: the user has too many, and it stays a stranger. */
  introduce(address: string, userId: string): boolean {
    if (countOf(this.#byUser, userId) >= this.#limits.connectionsPerUser) return false;
    change(this.#strangers, address, -1);
    change(this.#byUser, userId, 1);
    return true;
  }

  leave(address: string, userId: string | undefined): void {
    change(this.#byAddress, address, -1);
    if (userId === undefined) change(this.#strangers, address, -1);
    else change(this.#byUser, userId, -1);
  }
}

const countOf = (counts: ReadonlyMap<string, number>, key: string) => counts.get(key) ?? 0;

function change(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const count = countOf(counts, key) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
