import type { Meter, Reading } from '../../shared/process/metrics.ts';
import type { Shedding } from '../limits/shedding.ts';
import type { Counters, SubscriptionMetrics } from './subscriptionMetrics.ts';

/** Shows what the gateway holds and has counted, whenever somebody looks. */
export function showGauges(meter: Meter, shedding: Shedding, counters: Counters): void {
  const look = oncePerTurn(() => counters.snapshot());
  const gauge = (name: string, meaning: string, read: (now: SubscriptionMetrics) => number | Reading[]) =>
    meter.gauge(name, meaning, () => read(look()));
  const counter = (name: string, meaning: string, read: (now: SubscriptionMetrics) => number | Reading[]) =>
    meter.counter(name, meaning, () => read(look()));

  meter.gauge('requests_in_flight', 'Requests that are being answered', () => shedding.inside);
  meter.counter('shed_requests', 'Requests refused because there were too many at once', () => shedding.refused);

  gauge('sockets', 'Open WebSockets of clients', ({ sockets }) => sockets);
  gauge('event_streams', 'Open streams of Server-Sent Events', ({ eventStreams }) => eventStreams);
  gauge('subscriptions', 'Subscribers', (now) => by('field', now.subscriptionsByField));
  gauge('subscription_groups', 'Groups of subscribers who share everything', ({ groups }) => groups);
  gauge('upstream_sockets', 'Sockets to subgraphs', ({ upstreamSockets }) => upstreamSockets);
  gauge('upstream_streams', 'Streams of subgraphs', ({ upstreamStreams }) => upstreamStreams);
  gauge('queued_events', 'Events that wait for their readers', ({ queued }) => queued);
  gauge('deepest_queue_events', 'Events that wait for the slowest reader', ({ deepestQueue }) => deepestQueue);

  counter('upstream_events', 'Events of subgraphs', ({ events }) => events);
  counter('delivered_events', 'Events handed on to subscribers', ({ delivered }) => delivered);
  counter('event_retries', 'Further attempts to complete an event', ({ retries }) => retries);
  counter('entity_keys', 'Entities that events asked for in batches', ({ entityKeys }) => entityKeys);
  counter('entity_requests', 'Requests for those entities', ({ entityRequests }) => entityRequests);
  counter('subscription_ends', 'Why subscriptions ended', ({ ends }) => by('reason', ends));
  counter('rejects', 'Why connections were refused or closed', ({ rejects }) => by('reason', rejects));
}

const by = (label: string, counts: Readonly<Record<string, number>>): Reading[] =>
  Object.entries(counts).map(([name, value]) => ({ value, labels: { [label]: name } }));

/** Whoever reads everything at once looks once: a look goes through every subscriber. */
function oncePerTurn<T>(look: () => T): () => T {
  let seen: { what: T } | undefined;
  return () => {
    if (!seen) setImmediate(() => (seen = undefined));
    seen ??= { what: look() };
    return seen.what;
  };
}
