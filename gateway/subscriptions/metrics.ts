/** Why a subscription ended. */
export type EndReason = 'left' | 'completed' | 'failed' | 'slow' | 'reload' | 'draining';
/** Why someone was not let in, or was sent away. */
export type RejectReason =
  | 'origin'
  | 'draining'
  | 'address'
  | 'user'
  | 'unauthenticated'
  | 'subscriptions'
  | 'messages'
  | 'expired'
  | 'revoked'
  | 'half-open';

/** What a metrics page shows of the subscriptions of this process. No label is ever about one user. */
export interface SubscriptionMetrics {
  sockets: number;
  /** Server-Sent Events. */
  eventStreams: number;
  subscriptionsByField: Record<string, number>;
  groups: number;
  upstreamSockets: number;
  upstreamStreams: number;
  /** Events that wait for their readers, and the longest queue of one reader. */
  queued: number;
  deepestQueue: number;
  events: number;
  delivered: number;
  /** From the subgraph's event to its completion, cumulative: how many took at most so many milliseconds. */
  eventAgeMs: { le: number; count: number }[];
  eventAgeMsSum: number;
  ends: Record<EndReason, number>;
  rejects: Record<RejectReason, number>;
  /** Entities that events asked for in batches, and the requests that it took. */
  entityKeys: number;
  entityRequests: number;
}

const ages = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, Infinity];

/** Counters are added to where things happen; what can be looked at is looked at when a snapshot is taken. */
export class Counters {
  sockets = 0;
  eventStreams = 0;
  upstreamSockets = 0;
  events = 0;
  delivered = 0;
  entityKeys = 0;
  entityRequests = 0;
  readonly ends: Record<EndReason, number> = { left: 0, completed: 0, failed: 0, slow: 0, reload: 0, draining: 0 };
  readonly rejects: Record<RejectReason, number> = {
    origin: 0,
    draining: 0,
    address: 0,
    user: 0,
    unauthenticated: 0,
    subscriptions: 0,
    messages: 0,
    expired: 0,
    revoked: 0,
    'half-open': 0,
  };
  readonly #ages = ages.map(() => 0);
  #ageSum = 0;
  readonly #gauges: (() => Partial<SubscriptionMetrics>)[] = [];

  observeAge(ms: number): void {
    this.#ageSum += ms;
    this.#ages[ages.findIndex((le) => ms <= le)]!++;
  }

  /** `look` answers for what it can count at any moment. */
  gauge(look: () => Partial<SubscriptionMetrics>): void {
    this.#gauges.push(look);
  }

  snapshot(): SubscriptionMetrics {
    let count = 0;
    const { sockets, eventStreams, upstreamSockets, events, delivered, entityKeys, entityRequests } = this;
    return Object.assign(
      {
        ...{ sockets, eventStreams, upstreamSockets, events, delivered, entityKeys, entityRequests },
        ...{ subscriptionsByField: {}, groups: 0, upstreamStreams: 0, queued: 0, deepestQueue: 0 },
        eventAgeMs: ages.map((le, i) => ({ le, count: (count += this.#ages[i]!) })),
        eventAgeMsSum: this.#ageSum,
        ends: { ...this.ends },
        rejects: { ...this.rejects },
      },
      ...this.#gauges.map((look) => look()),
    ) as SubscriptionMetrics;
  }
}
