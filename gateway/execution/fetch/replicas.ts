import { Pool } from 'undici';
import { CircuitBreaker } from '../../../shared/process/circuitBreaker.ts';
import { addressesIn } from '../../configuration/forms.ts';
import { inTurns } from '../../supergraph/lookup.ts';
import type { SubgraphTerms } from '../../supergraph/subgraphTerms.ts';

/** One address of a subgraph, and how it does. */
export class Replica {
  readonly pool: Pool;
  readonly path: string;
  /** Opened by one failure: there are others to ask. */
  readonly breaker: CircuitBreaker;
  /** Requests under way. */
  busy = 0;

  constructor(address: string, { connections, circuitBreaker, tls, timeoutMs }: SubgraphTerms, isAlone: boolean) {
    const { origin, pathname, search } = new URL(address);
    this.path = pathname + search;
    this.breaker = new CircuitBreaker({ failures: 1, pauseMs: circuitBreaker.pauseMs });
    const connect = { ...tls, lookup: inTurns, ...(!isAlone && { timeout: Math.ceil(timeoutMs / 2) }) };
    this.pool = new Pool(origin, { connections, keepAliveTimeout: 60_000, connect });
  }
}

/** The addresses of one subgraph, any of which serves all of it. */
export class Replicas {
  readonly #all: Replica[];
  #turn = 0;

  constructor(url: string, terms: SubgraphTerms) {
    const addresses = addressesIn(url);
    this.#all = addresses.map((address) => new Replica(address, terms, addresses.length === 1));
  }

  get size(): number {
    return this.#all.length;
  }

  /** The least busy of those that are well, or of all when none is; undefined when each was tried. */
  next(tried: ReadonlySet<Replica>): Replica | undefined {
    if (this.#all.length === 1) return tried.size === 0 ? this.#all[0] : undefined;
    const now = performance.now();
    let best: Replica | undefined;
    this.#turn++;
    for (let n = 0; n < this.#all.length; n++) {
      const replica = this.#all[(this.#turn + n) % this.#all.length]!;
      if (tried.has(replica)) continue;
      if (!best || rank(replica, now) < rank(best, now)) best = replica;
    }
    if (best && !best.breaker.isAtRest(now)) best.breaker.pass(now);
    return best;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map(({ pool }) => pool.destroy()));
  }
}

const rank = ({ breaker, busy }: Replica, now: number) => (breaker.isAtRest(now) ? 1e9 : 0) + busy;
