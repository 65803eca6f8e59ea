import type { IncomingMessage, ServerResponse } from 'node:http';
import { StartRefusal } from '../subgraphs/shared/environment.ts';
import { Refusal } from '../subgraphs/shared/errors.ts';
import { answerGraphQL, answerJson, answerProbe, openDoor, requestIdOf } from '../subgraphs/shared/http.ts';
import { type KeySource, viewerOf } from '../subgraphs/shared/identity.ts';
import type { Log } from '../subgraphs/shared/log.ts';
import { openTransport } from './execution/transport.ts';
import type { Caller } from './forwarding.ts';
import { openGraph } from './graph.ts';
import { limits } from './limits.ts';
import { openOrigins } from './origins.ts';
import { openPages } from './pages.ts';
import { startPipeline } from './pipeline.ts';
import { openSocketDoor } from './subscriptions/door.ts';
import { openSources } from './subscriptions/sources.ts';
import { type SupergraphSource, watchSupergraph } from './supergraph.ts';

export interface GatewaySettings {
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
  /** How long a subgraph may take. */
  subgraphTimeoutMs?: number;
}

export interface Gateway {
  /** Of the graph, over HTTP. The same address with ws: serves GraphQL over WebSocket. */
  url: string;
  /** Composes again and serves the result. False, and the old one stays, when it does not compose. */
  reload(): boolean;
  stop(): Promise<void>;
}

/** Starts the door to the whole graph: HTTP and WebSocket on one port, `/health` and `/ready`. */
export async function startGateway(settings: GatewaySettings): Promise<Gateway> {
  const { host, port, supergraph, gatewaySecret, keys, development, log } = settings;
  const transport = openTransport({
    gatewaySecret,
    log,
    ...(settings.subgraphTimeoutMs && { timeoutMs: settings.subgraphTimeoutMs }),
  });
  let graph = openGraph(supergraph, transport.send, development);
  const pipeline = await startPipeline(graph, development, log);
  const sources = openSources(gatewaySecret, log);
  const origins = openOrigins(settings.allowedOrigins, development);
  const pages = development ? openPages() : undefined;
  const ready = atMostOncePerSecond(() =>
    Promise.all(graph.execution.subgraphs.map(({ url }) => transport.ready(url))),
  );

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '/').split('?')[0]!;
    if (await answerProbe(path, response, ready)) return;
    if (pages?.answer(path, request, response)) return;
    if (path !== graphPath)
      throw new Refusal('NOT_FOUND', `There is nothing at this address; the graph is at ${graphPath}.`);
    response.setHeader('cache-control', 'no-store');
    if (origins.answerPreflight(request, response)) return;
    if (!methods.includes(request.method ?? '')) return refuseMethod(response);
    const requestId = requestIdOf(request);
    response.setHeader('x-request-id', requestId);
    const { authorization } = request.headers;
    const context = async (): Promise<Caller> => ({
      viewer: await viewerOf(authorization, keys),
      authorization,
      requestId,
    });
    await answerGraphQL(pipeline.apollo, request, response, context, limits.bodyBytes);
  };
  const door = await openDoor(host, port, log, answer);
  const sockets = openSocketDoor({
    server: door.server,
    path: graphPath,
    keys,
    isAllowedOrigin: origins.isAllowed,
    graph: () => graph,
    pipeline,
    sources,
  });

  const reload = () => {
    try {
      graph = openGraph(supergraph, transport.send, development);
      pipeline.serve(graph);
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
    // Each step leaves alone what the ones before it still need.
    async stop() {
      unwatch();
      await sockets.stop();
      await door.stop(2000);
      await pipeline.stop();
      await sources.stop();
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
