import { networkOf } from '../doors/addresses.ts';
import type { Limits } from './limits.ts';

export type ConnectionLimitSettings = Pick<
  Limits,
  'connectionsPerUser' | 'connectionsPerAddress' | 'strangersPerAddress'
>;

/** A socket or an event stream, as far as its place matters. */
export interface Connection {
  /** When the client last showed that it is there, in the time of `performance.now()`. */
  readonly heardAt: number;
  /** Ends it, in a way that lets an honest client come again. */
  giveWay(): void;
}

/** How many connections are open, by user and by network. Of a user's connections the newest wins: the one that was silent longest gives way. */
export class ConnectionLimits {
  readonly #limits: ConnectionLimitSettings;
  readonly #byNetwork = new Map<string, number>();
  readonly #strangers = new Map<string, number>();
  readonly #byUser = new Map<string, Set<Connection>>();

  constructor(limits: ConnectionLimitSettings) {
    this.#limits = limits;
  }

  /** A place for a connection from this address, which is a stranger's until it is known whose it is. Undefined: there are too many from there. */
  arrive(address: string): Place | undefined {
    const { connectionsPerAddress, strangersPerAddress } = this.#limits;
    const network = networkOf(address);
    if (countOf(this.#byNetwork, network) >= connectionsPerAddress) return undefined;
    if (countOf(this.#strangers, network) >= strangersPerAddress) return undefined;
    change(this.#byNetwork, network, 1);
    change(this.#strangers, network, 1);
    let owned: { userId: string; connection: Connection } | undefined;
    return {
      belongTo: (userId, connection) => {
        change(this.#strangers, network, -1);
        owned = { userId, connection };
        this.#own(userId, connection);
      },
      leave: () => {
        change(this.#byNetwork, network, -1);
        if (owned) this.#disown(owned.userId, owned.connection);
        else change(this.#strangers, network, -1);
      },
    };
  }

  #own(userId: string, connection: Connection): void {
    const others = this.#byUser.get(userId) ?? new Set();
    this.#byUser.set(userId, others);
    while (others.size >= this.#limits.connectionsPerUser) {
      const silent = [...others].reduce((one, other) => (other.heardAt < one.heardAt ? other : one));
      others.delete(silent);
      silent.giveWay();
    }
    others.add(connection);
  }

  #disown(userId: string, connection: Connection): void {
    const others = this.#byUser.get(userId);
    others?.delete(connection);
    if (others?.size === 0) this.#byUser.delete(userId);
  }
}

export interface Place {
  /** It is known now whose connection it is. */
  belongTo(userId: string, connection: Connection): void;
  /** The connection is closed. Call it once. */
  leave(): void;
}

const countOf = (counts: ReadonlyMap<string, number>, key: string) => counts.get(key) ?? 0;

function change(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const count = countOf(counts, key) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
