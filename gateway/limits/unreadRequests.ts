import { Refusal } from '../../shared/errors.ts';
import { networkOf } from '../doors/addresses.ts';
import type { limits } from './limits.ts';

export type UnreadLimits = { readonly [Name in keyof (typeof limits)['unread']]: number };

/** A request, or a message, that has begun to come. */
export interface Unread {
  /** So many more bytes of it are held. Throws RATE_LIMITED when its network, UNAVAILABLE when everybody holds too many. */
  hold(bytes: number): void;
  /** It is whole, or given up. Call it once. */
  end(): void;
}

interface Held {
  requests: number;
  bytes: number;
}

/** Requests that are not whole yet, by network: those who begin many and finish none fill neither memory nor the places of others. */
export class UnreadRequests {
  readonly #limits: UnreadLimits;
  readonly #byNetwork = new Map<string, Held>();
  #bytes = 0;

  constructor(limits: UnreadLimits) {
    this.#limits = limits;
  }

  /** Throws RATE_LIMITED when this network has begun too many. */
  begin(address: string): Unread {
    const network = networkOf(address);
    const held = this.#byNetwork.get(network) ?? { requests: 0, bytes: 0 };
    if (held.requests >= this.#limits.requestsPerAddress) throw tooMany();
    held.requests++;
    this.#byNetwork.set(network, held);
    let own = 0;
    return {
      hold: (bytes) => {
        if (held.bytes + bytes > this.#limits.bytesPerAddress) throw tooMany();
        if (this.#bytes + bytes > this.#limits.bytes) throw tooFull();
        own += bytes;
        held.bytes += bytes;
        this.#bytes += bytes;
      },
      end: () => {
        this.#bytes -= own;
        held.bytes -= own;
        if (--held.requests === 0) this.#byNetwork.delete(network);
      },
    };
  }
}

const tooMany = () =>
  new Refusal('RATE_LIMITED', 'Too many unfinished requests come from your address.', { retryAfterSeconds: 1 });
const tooFull = () =>
  new Refusal('UNAVAILABLE', 'Too many requests are being read. Try again in a moment.', { retryAfterSeconds: 1 });
