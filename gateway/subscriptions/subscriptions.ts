import type { Server } from 'node:http';
import type { Viewer } from '../../shared/identity.ts';
import type { Log } from '../../shared/log.ts';
import type { AddressOf } from '../doors/addresses.ts';
import type { Graph } from '../supergraph/graph.ts';
import { limits } from '../limits/limits.ts';
import type { Persisted } from '../documents/persisted.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Viewers } from '../identity/viewers.ts';
import { Crowd, type CrowdLimits } from '../limits/connectionLimits.ts';
import { type SocketDoor, openSocketDoor } from '../doors/webSocket.ts';
import { type EventDoor, openEventDoor } from '../doors/sse.ts';
import { openGroups } from './groups/groups.ts';
import type { Counters } from '../metrics/subscriptionMetrics.ts';
import { openSources } from './upstream/sources.ts';

export interface SubscriptionSettings {
  graph(): Graph;
  pipeline: Pipeline;
  viewers: Viewers;
  addressOf: AddressOf;
  persisted: Persisted;
  gatewaySecret: string;
  isAllowedOrigin(origin: string | undefined, host: string | undefined): boolean;
  counters: Counters;
  log: Log;
  timing?: Timing | undefined;
  crowd?: Partial<CrowdLimits> | undefined;
}

export interface Timing {
  /** A client that does not answer is gone within two of these. */
  pingMs?: number;
  /** The same for a subgraph. */
  upstreamPingMs?: number;
  /** Over which time clients are sent away when this process leaves. */
  drainMs?: number;
  /** How long an event stream lives at most: its client asks again, and who has gone without a word does not. */
  streamMs?: number;
  /** How long an event may wait for a subgraph that is away. */
  patienceMs?: number;
}

/** Subscriptions over both of their doors. */
export interface Subscriptions {
  events: EventDoor;
  /** Opens the door for sockets on this server. */
  openTo(server: Server, path: string): void;
  /** Another graph is served. */
  reload(): void;
  /** Ends the connections of some viewers: signed out, or banned. */
  sendAway(isMeant: (viewer: Viewer) => boolean): void;
  /** First the clients leave, one by one. What the other door still needs stays open until `close`. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export function openSubscriptions(settings: SubscriptionSettings): Subscriptions {
  const { gatewaySecret, counters, log } = settings;
  const { pingMs = 12_000, upstreamPingMs = 10_000, drainMs = 0 } = settings.timing ?? {};
  const { streamMs = 900_000, patienceMs = 15_000 } = settings.timing ?? {};
  const sources = openSources({ gatewaySecret, counters, log, pingMs: upstreamPingMs });
  const groups = openGroups({ graph: settings.graph, sources, counters, log, patienceMs });
  const crowd = new Crowd({ ...limits, ...settings.crowd });
  const shared = { ...settings, groups, crowd, pingMs, drainMs, streamMs };
  const events = openEventDoor(shared);
  let sockets: SocketDoor | undefined;
  return {
    events,
    openTo: (server, path) => void (sockets = openSocketDoor({ ...shared, server, path })),
    reload: () => groups.reload(),
    sendAway(isMeant) {
      sockets?.sendAway(isMeant);
      events.sendAway(isMeant);
    },
    drain: async () => void (await Promise.all([sockets?.stop(), events.stop()])),
    close: () => sources.stop(),
  };
}
