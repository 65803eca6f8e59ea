import type { IncomingMessage, ServerResponse } from 'node:http';
import { StartRefusal } from '../shared/environment.ts';
import { Refusal } from '../shared/errors.ts';
import {
  answerBody,
  answerGraphQL,
  answerJson,
  answerProbe,
  openDoor,
  parseJson,
  readBody,
  requestIdOf,
} from '../shared/http.ts';
import type { KeySource, Viewer } from '../shared/identity.ts';
import type { Log } from '../shared/log.ts';
import { type Meter, noMeter } from '../shared/metrics.ts';
import { openTransport } from './execution/fetch/transport.ts';
import { openClient } from './doors/clientPages.ts';
import { openAddresses } from './doors/addresses.ts';
import { answerDirectly, isDirect, isJson, isPlain } from './doors/direct.ts';
import type { Caller } from './identity/forwarding.ts';
import { showGauges } from './metrics/gauges.ts';
import { type GraphSettings, openGraph } from './supergraph/graph.ts';
import { limits } from './limits/limits.ts';
import { openOrigins } from './doors/origins.ts';
import { openPages } from './doors/pages.ts';
import { type Safelist, openPersisted, withText, withTextInBody } from './documents/persisted.ts';
import { startPipeline } from './pipeline.ts';
import { followSessions } from './identity/sessions.ts';
import { Shedding } from './limits/shedding.ts';
import type { CrowdLimits } from './limits/connectionLimits.ts';
import { Counters, type SubscriptionMetrics } from './metrics/subscriptionMetrics.ts';
import { type Timing, openSubscriptions } from './subscriptions/subscriptions.ts';
import { type SupergraphSource, watchSupergraph } from './supergraph/supergraph.ts';
import { openTraffic } from './metrics/traffic.ts';
import { openViewers } from './identity/viewers.ts';

export interface GatewaySettings extends GraphSettings {
  host: string;
  port: number;
  supergraph: SupergraphSource;
  /** What lets us in at the subgraphs. */
  gatewaySecret: string;
  keys: KeySource;
  /** Introspection, suggestions, Apollo Sandbox and GraphiQL; the supergraph's files are watched. */
  development: boolean;
  /** Web pages that may call, beside those served from the gateway's own address: `https://game.example`. */
  allowedOrigins: readonly string[];
  log: Log;
  /** Built web pages to serve at / beside the graph. */
  clientFolder?: string;
  /** How long a subgraph may take. */
  subgraphTimeoutMs?: number;
  /** Where auth tells which sessions have ended; absent: tokens are good until they end by themselves. */
  endingsUrl?: string;
  /** Addresses of proxies in front of the gateway, whose X-Forwarded-For is believed: `10.0.0.0/8`. */
  trustedProxies?: readonly string[];
  /** Absent: any operation is served. */
  safelist?: Safelist;
  /** Requests that are answered at the same time; more are refused. */
  requestsAtOnce?: number;
  timing?: Timing;
  /** Connections that differ from the limits. */
  crowd?: Partial<CrowdLimits>;
  meter?: Meter;
  /** Further addresses beside the graph; true when it answered. */
  route?(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    viewer: () => Promise<Viewer | null>,
  ): Promise<boolean>;
}

export interface Gateway {
  /** Of the graph, over HTTP. The same address with ws: serves GraphQL over WebSocket. */
  url: string;
  /** Composes again and serves the result. False, and the old one stays, when it does not compose. */
  reload(): boolean;
  /** Of the subscriptions. */
  metrics: { snapshot(): SubscriptionMetrics };
  /** Ends the connections of some viewers at once. */
  sendAway(isMeant: (viewer: Viewer) => boolean): void;
  stop(): Promise<void>;
}

/** Starts the door to the whole graph: HTTP and WebSocket on one port, `/health` and `/ready`. */
export async function startGateway(settings: GatewaySettings): Promise<Gateway> {
  const { host, port, supergraph, gatewaySecret, keys, development, log, meter = noMeter } = settings;
  const traffic = openTraffic(meter);
  const transport = openTransport({
    gatewaySecret,
    log,
    fetched: traffic.fetched,
    ...(settings.subgraphTimeoutMs && { timeoutMs: settings.subgraphTimeoutMs }),
  });
  const counters = new Counters(meter);
  let graph = openGraph(supergraph, transport.send, settings, counters);
  const pipeline = await startPipeline(graph, development, traffic, log);
  const sessions = settings.endingsUrl
    ? await followSessions(settings.endingsUrl, gatewaySecret, (isMeant) => subscriptions.sendAway(isMeant), log)
    : undefined;
  const viewers = openViewers(keys, sessions);
  const addressOf = openAddresses(settings.trustedProxies ?? []);
  const persisted = openPersisted(settings.safelist);
  const shedding = new Shedding(settings.requestsAtOnce ?? 1000);
  showGauges(meter, shedding, counters);
  const origins = openOrigins(settings.allowedOrigins, development);
  const subscriptions = openSubscriptions({
    ...settings,
    viewers,
    addressOf,
    persisted,
    graph: () => graph,
    pipeline,
    isAllowedOrigin: origins.isAllowed,
    counters,
  });
  const pages = development ? openPages() : undefined;
  const client = settings.clientFolder ? openClient(settings.clientFolder) : undefined;
  let leaving = false;
  const askAll = atMostOncePerSecond(() =>
    Promise.all(graph.execution.subgraphs.map(({ url }) => transport.ready(url))),
  );
  const ready = () => (leaving ? Promise.reject(new Error('the gateway is leaving')) : askAll());

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '/').split('?')[0]!;
    if (await answerProbe(path, response, ready)) return;
    if (await settings.route?.(path, request, response, () => viewers(request.headers.authorization))) return;
    if (path !== graphPath && (await client?.answer(path, request, response))) return;
    if (pages?.answer(path, request, response)) return;
    if (path !== graphPath)
      throw new Refusal('NOT_FOUND', `There is nothing at this address; the graph is at ${graphPath}.`);
    response.setHeader('cache-control', 'no-store');
    if (origins.answerPreflight(request, response)) return;
    if (!methods.includes(request.method ?? '')) return refuseMethod(response);
    const requestId = requestIdOf(request);
    response.setHeader('x-request-id', requestId);
    if (subscriptions.events.isMeant(request)) return subscriptions.events.answer(request, response);
    const answered = traffic.begin('http');
    await shedding.admit(() => answerOperation(request, response, requestId)).finally(answered);
  };
  const answerAndCount = (request: IncomingMessage, response: ServerResponse) =>
    answer(request, response).catch((error: unknown) => {
      traffic.refused(error instanceof Refusal ? error.code : undefined);
      throw error;
    });
  const answerOperation = async (request: IncomingMessage, response: ServerResponse, requestId: string) => {
    const { authorization } = request.headers;
    const address = addressOf(request);
    const caller = async (): Promise<Caller> => ({
      viewer: await viewers(authorization),
      authorization,
      requestId,
      address,
    });
    if (request.method === 'GET') request.url = withText(request.url ?? '/', persisted);
    if (!isJson(request)) return answerGraphQL(pipeline.apollo, request, response, caller, limits.bodyBytes);
    const body = withTextInBody(parseJson(await readBody(request, limits.bodyBytes)), persisted);
    if (!isDirect(request) || !isPlain(body)) return answerBody(pipeline.apollo, request, response, caller, body);
    await answerDirectly(graph, body, await caller(), request, response, pipeline.report);
  };
  const door = await openDoor(host, port, log, answerAndCount);
  subscriptions.openTo(door.server, graphPath);

  const reload = () => {
    try {
      graph = openGraph(supergraph, transport.send, settings, counters);
      pipeline.serve(graph);
      subscriptions.reload();
      log.info('the supergraph is composed anew');
      return true;
    } catch (error) {
      const reason = error instanceof StartRefusal ? { reason: error.message, fix: error.fix } : { err: error };
      log.error(reason, 'the new supergraph cannot be served; the old one stays');
      return false;
    }
  };
  const unwatch = development && 'file' in supergraph ? watchSupergraph(supergraph.file, reload) : () => {};
  return {
    url: door.url + graphPath,
    reload,
    metrics: counters,
    sendAway: subscriptions.sendAway,
    // Each step leaves alone what the ones before it still need.
    async stop() {
      unwatch();
      leaving = true;
      await sessions?.stop();
      await subscriptions.drain();
      await door.stop(2000);
      await pipeline.stop();
      await subscriptions.close();
      await transport.stop();
    },
  };
}

const graphPath = '/graphql';
const methods = ['GET', 'POST'];

function refuseMethod(response: ServerResponse): void {
  response.setHeader('allow', methods.join(', '));
  answerJson(response, 405, { errors: [new Refusal('BAD_REQUEST', 'GraphQL is served by POST and GET.')] });
}

/** Probes come often and from several sides; the subgraphs are asked once a second. */
function atMostOncePerSecond(check: () => Promise<unknown>): () => Promise<unknown> {
  let asked = -Infinity;
  let answer: Promise<unknown> = Promise.resolve();
  return () => {
    if (performance.now() - asked > 1000) {
      asked = performance.now();
      answer = check();
    }
    return answer;
  };
}
