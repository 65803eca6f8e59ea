import type { Meter } from '../../shared/process/metrics.ts';
import { secondsBounds } from './traffic.ts';

/** Why a subscription ended. */
export type EndReason = 'left' | 'completed' | 'failed' | 'slow' | 'incomplete' | 'reload';
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
  | 'age'
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
  /** Further attempts to complete an event while a subgraph was away. */
  retries: number;
  ends: Record<EndReason, number>;
  rejects: Record<RejectReason, number>;
  /** Entities that events asked for in batches, and the requests that it took. */
  entityKeys: number;
  entityRequests: number;
}

/** Counters are added to where things happen; what can be looked at is looked at when a snapshot is taken. */
export class Counters {
  sockets = 0;
  eventStreams = 0;
  upstreamSockets = 0;
  events = 0;
  delivered = 0;
  retries = 0;
  entityKeys = 0;
  entityRequests = 0;
  /** From the subgraph's event to its completion, in seconds. */
  readonly completed: (seconds: number) => void;
  readonly ends: Record<EndReason, number> = { left: 0, completed: 0, failed: 0, slow: 0, incomplete: 0, reload: 0 };
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
    age: 0,
    'half-open': 0,
  };
  readonly #gauges: (() => Partial<SubscriptionMetrics>)[] = [];

  constructor(meter: Meter) {
    this.completed = meter.histogram('event_completion_seconds', 'From an event to its completion', secondsBounds);
  }

  /** `look` answers for what it can count at any moment. */
  gauge(look: () => Partial<SubscriptionMetrics>): void {
    this.#gauges.push(look);
  }

  snapshot(): SubscriptionMetrics {
    const { sockets, eventStreams, upstreamSockets, events, delivered, retries, entityKeys, entityRequests } = this;
    return Object.assign(
      {
        ...{ sockets, eventStreams, upstreamSockets, events, delivered, retries, entityKeys, entityRequests },
        ...{ subscriptionsByField: {}, groups: 0, upstreamStreams: 0, queued: 0, deepestQueue: 0 },
        ends: { ...this.ends },
        rejects: { ...this.rejects },
      },
      ...this.#gauges.map((look) => look()),
    ) as SubscriptionMetrics;
  }
}
