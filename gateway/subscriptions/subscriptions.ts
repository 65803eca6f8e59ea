import type { Log } from '../../shared/process/log.ts';
import type { Counters } from '../metrics/subscriptionMetrics.ts';
import type { Limits } from '../limits/limits.ts';
import type { Graph } from '../supergraph/graph.ts';
import type { SubgraphTermsOf } from '../supergraph/subgraphTerms.ts';
import { type Groups, openGroups } from './groups/groups.ts';
import type { CallbackDoor } from './upstream/callbackUpstream.ts';
import { openSources } from './upstream/sources.ts';

export interface SubscriptionSettings {
  graph(): Graph;
  gatewaySecret: string;
  counters: Counters;
  log: Log;
  /** A subgraph that does not answer for two of these is gone. */
  upstreamPingMs?: number | undefined;
  subgraphs: SubgraphTermsOf;
  /** Events that wait for one subscriber. */
  queue: Limits['queue'];
  callbacks?: CallbackDoor | undefined;
  /** How long an event may wait for a subgraph that is away. */
  patienceMs?: number | undefined;
}

/** Subscriptions, whichever door their clients came by. */
export interface Subscriptions {
  groups: Groups;
  stop(): Promise<void>;
}

export function openSubscriptions(settings: SubscriptionSettings): Subscriptions {
  const {
    graph,
    gatewaySecret,
    counters,
    log,
    subgraphs,
    callbacks,
    upstreamPingMs = 10_000,
    patienceMs = 15_000,
    queue,
  } = settings;
  const errorCodesOf = (service: string) => subgraphs(service).errorCodes;
  const sources = openSources({ gatewaySecret, counters, log, pingMs: upstreamPingMs, termsOf: subgraphs, callbacks });
  return {
    groups: openGroups({ graph, sources, counters, log, patienceMs, queue, errorCodesOf }),
    stop: () => sources.stop(),
  };
}
