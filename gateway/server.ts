import type { IncomingMessage, ServerResponse } from 'node:http';
import { StartRefusal } from '../shared/process/environment.ts';
import { Refusal } from '../shared/errors.ts';
import { answerProbe, openDoor } from '../shared/process/http.ts';
import type { Viewer } from '../shared/identity.ts';
import { noMeter } from '../shared/process/metrics.ts';
import { openOperations } from './answerOperation.ts';
import { cacheHeaders } from './cache/freshness.ts';
import { openCache } from './cache/openCache.ts';
import { openPersisted } from './documents/persisted.ts';
import { openAddresses } from './doors/addresses.ts';
import { openCompression } from './doors/compression.ts';
import { openClient } from './doors/pages/clientPages.ts';
import { openEventStreams } from './doors/streams/eventStreams.ts';
import { openHttpDoor } from './doors/http/httpDoor.ts';
import { openOperationDoors } from './doors/operationDoors.ts';
import { openOrigins } from './doors/origins.ts';
import { openPages } from './doors/pages/pages.ts';
import { openBodies } from './doors/requestBody.ts';
import { answerSubgraphList } from './doors/pages/subgraphList.ts';
import { openSocketDoor } from './doors/socket/socketDoor.ts';
import { openHeaderRules } from './identity/headerRules.ts';
import { openReport } from './errorReport.ts';
import { openTransport } from './execution/fetch/transport.ts';
import { followSessions } from './identity/sessions.ts';
import { byKeys, openViewers } from './identity/viewers.ts';
import { ConnectionLimits } from './limits/connectionLimits.ts';
import { limits as usualLimits } from './limits/limits.ts';
import { Shedding } from './limits/shedding.ts';
import { UnreadRequests } from './limits/unreadRequests.ts';
import { showGauges } from './metrics/gauges.ts';
import { Counters, type SubscriptionMetrics } from './metrics/subscriptionMetrics.ts';
import { openTraffic } from './metrics/traffic.ts';
import { openSubscriptions } from './subscriptions/subscriptions.ts';
import { CallbackDoor } from './subscriptions/upstream/callbackUpstream.ts';
import { graphSteps, openGraph } from './supergraph/graph.ts';
import { type Reload, openReload } from './supergraph/reloading.ts';
import { termsForAll } from './supergraph/subgraphTerms.ts';
import { openUsage } from './usage/usageFile.ts';
import { watchSupergraph } from './supergraph/supergraph.ts';
import type { GatewaySettings } from './gatewaySettings.ts';

export interface Gateway {
  /** Of the graph, over HTTP. The same address with ws: serves GraphQL over WebSocket. */
  url: string;
  /** Of gRPC, when it is served. */
  grpcPort: number | undefined;
  reload: Reload;
  /** Of the subscriptions. */
  metrics: { snapshot(): SubscriptionMetrics };
  /** Ends the connections of some viewers at once. */
  sendAway(isMeant: (viewer: Viewer) => boolean): void;
  stop(): Promise<void>;
}

/** Starts the door to the whole graph: HTTP and WebSocket on one port, `/health` and `/ready`. */
export async function startGateway(settings: GatewaySettings): Promise<Gateway> {
  const { host, port, supergraph, gatewaySecret, keys, development, log, meter = noMeter } = settings;
  const { subgraphs = termsForAll(), limits = usualLimits, path: graphPath = '/graphql' } = settings;
  const { pingMs = 12_000, drainMs = 0, streamMs = 900_000, upstreamPingMs, patienceMs } = settings.timing ?? {};
  const { hooks = {}, headers, isCacheable = false } = settings;
  const headerRules = headers?.request.length ? openHeaderRules(headers.request) : undefined;
  const responseRules = headers?.response ?? [];
  const heads = responseRules.length > 0 || isCacheable ? { responseRules, isCacheable } : undefined;
  if (settings.cache && settings.cache.store !== 'off' && hooks.onFetch) throw hooksAndCache();
  const cache = settings.cache && openCache(settings.cache, subgraphs, meter, log);
  const collected =
    cache || heads
      ? [...(cache ? cacheHeaders : ['cache-control']), ...responseRules.map(({ propagate }) => propagate)]
      : undefined;
  const takeHeaders = headerRules?.take;
  const traffic = openTraffic(meter);
  const transport = openTransport({
    gatewaySecret,
    log,
    fetched: traffic.fetched,
    termsOf: subgraphs,
    headerRules,
    collected,
    onFetch: hooks.onFetch,
  });
  const counters = new Counters(meter);
  const graphSettings = { ...settings, heads, answerCache: cache };
  let served = openGraph(supergraph, transport.send, graphSettings, counters);
  const graph = () => served;
  const sessions = settings.endingsUrl
    ? await followSessions(settings.endingsUrl, gatewaySecret, (isMeant) => sendAway(isMeant), log)
    : undefined;
  const viewers = openViewers(settings.verify ?? byKeys(keys), sessions);
  const shedding = new Shedding(settings.requestsAtOnce ?? 1000);
  showGauges(meter, shedding, counters);
  const callbacks = settings.callbacks && new CallbackDoor(settings.callbacks.url, settings.callbacks.heartbeatMs);
  const { groups, ...subscriptions } = openSubscriptions({
    ...{ graph, gatewaySecret, counters, log, upstreamPingMs, patienceMs, subgraphs, callbacks, queue: limits.queue },
  });
  const usage = openUsage(settings.usage, () => served.execution.apiSchema, meter, log);
  const answerOperation = openOperations({
    ...{ graph, viewers, shedding, groups, traffic, hooks, usage: usage?.counts, log },
    persisted: openPersisted(settings.safelist, limits),
    report: openReport(traffic, log, settings.errorCodes),
    deadlineMs: settings.operationTimeoutMs ?? 30_000,
  });

  const addressOf = openAddresses(settings.trustedProxies ?? []);
  const origins = openOrigins(settings.allowedOrigins, development, settings.allowedHeaders);
  const connections = new ConnectionLimits({ ...limits, ...settings.connectionLimits });
  const streams = openEventStreams({ connections, counters, pingMs, drainMs, streamMs });
  const unread = new UnreadRequests(limits.unread);
  const bodies = openBodies(viewers, unread, limits);
  const { readText } = bodies;
  const compress = settings.compression && openCompression(settings.compression);
  const answerHttp = openHttpDoor({
    ...{ answerOperation, addressOf, streams, readText, takeHeaders },
    compress,
    patienceMs: 2 * pingMs,
  });
  const pages = development ? await openPages() : undefined;
  const client = settings.clientFolder ? openClient(settings.clientFolder) : undefined;
  let leaving = false;
  const ready = () => (leaving ? Promise.reject(new Error('the gateway is leaving')) : Promise.resolve());

  const operationDoors =
    settings.operations &&
    (await openOperationDoors(
      {
        ...{ answerOperation, addressOf, bodies, streams, connections, log, origins, ready, takeHeaders, compress },
        operations: settings.operations,
        grpcServer: settings.grpc && { host, ...settings.grpc },
      },
      served.execution.apiSchema,
    ));

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '/').split('?')[0]!;
    if (await answerProbe(path, response, ready)) return;
    if (await callbacks?.answer(path, request, response)) return;
    if (await cache?.door?.(path, request, response)) return;
    const viewer = () => viewers(request.headers.authorization);
    if (await settings.route?.(path, request, response, viewer)) return;
    if (await answerSubgraphList(path, request, response, viewer, served)) return;
    if (await operationDoors?.answer(request, response)) return;
    if (path !== graphPath && (await client?.answer(path, request, response))) return;
    if (pages?.answer(path, request, response)) return;
    if (path !== graphPath)
      throw new Refusal('NOT_FOUND', `There is nothing at this address; the graph is at ${graphPath}.`);
    if (origins.answerPreflight(request, response)) return;
    await answerHttp(request, response);
  };
  const answerAndCount = (request: IncomingMessage, response: ServerResponse) =>
    answer(request, response).catch((error: unknown) => {
      traffic.refused(error instanceof Refusal ? error.code : undefined);
      throw error;
    });
  const door = await openDoor(host, port, log, answerAndCount);
  const sockets = openSocketDoor({
    ...{
      answerOperation,
      viewers,
      addressOf,
      connections,
      unread,
      limits,
      takeHeaders,
      counters,
      log,
      pingMs,
      drainMs,
    },
    admitsStrangers: () => Object.values(served.terms.streams).some(({ isPublic }) => isPublic),
    isAllowedOrigin: origins.isAllowed,
    server: door.server,
    path: graphPath,
  });
  const sendAway = (isMeant: (viewer: Viewer) => boolean) => {
    sockets.sendAway(isMeant);
    streams.sendAway(isMeant);
    operationDoors?.sendAway(isMeant);
  };

  const reload = openReload({
    source: supergraph,
    graph,
    log,
    read: (composed) => graphSteps(composed, transport.send, { ...graphSettings, isChecked: true }, counters),
    serve(next) {
      const serveOperations = operationDoors?.prepare(next.execution.apiSchema);
      served = next;
      serveOperations?.();
      return groups.reload();
    },
  });
  const unwatch =
    development && 'file' in supergraph ? watchSupergraph(supergraph.file, () => void reload()) : () => {};
  return {
    url: door.url + graphPath,
    grpcPort: operationDoors?.grpcPort,
    reload,
    metrics: counters,
    sendAway,
    // Each step leaves alone what the ones before it still need.
    async stop() {
      unwatch();
      leaving = true;
      door.leave();
      await sessions?.stop();
      await Promise.all([sockets.stop(), streams.stop(), operationDoors?.stop()]);
      await door.stop(2000);
      await subscriptions.stop();
      await transport.stop();
      cache?.stop();
      await usage?.stop();
    },
  };
}

const hooksAndCache = () =>
  new StartRefusal(
    'A hook `onFetch` may change what a subgraph answers, and the cache would not know.',
    'Leave out either the hook or `cache`; header rules can be used with both.',
  );
