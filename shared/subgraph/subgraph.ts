import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
} from 'graphql';
import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { checkedDocuments, coded } from './checked.ts';
import { isAway } from '../database/database.ts';
import { equalTo } from '../equalTo.ts';
import { mask, unauthenticated, unavailable } from '../errors.ts';
import { type Handler, answerGraphQL, answerProbe, openDoor, requestIdOf } from '../process/http.ts';
import { type KeySource, type Viewer, viewerOf } from '../identity.ts';
import type { Log } from '../process/log.ts';
import { limitEntities } from './entityLimit.ts';
import { Long } from '../long.ts';
import { subscribeTraced } from './tracedSubscription.ts';
import { isTracing, traceIn, traced } from '../process/tracing.ts';

/** Who calls, verified by this subgraph itself, and the request's id for the log. */
export interface Caller {
  viewer: Viewer | null;
  /** Where the client is, as the gateway saw it; null when it did not say. */
  address: string | null;
  requestId: string;
  log: Log;
}

export interface SubgraphSettings<Context extends object> {
  schemaFile: URL;
  /** As codegen types them for the subgraph. */
  resolvers: object;
  /** Made anew for each request, or for each event of a subscription. */
  context(caller: Caller): Context;
  host: string;
  port: number;
  /** What the gateway shows to be let in. */
  gatewaySecret: string;
  /** Secrets that gateways still show, or show already. */
  acceptedGatewaySecrets?: readonly string[];
  keys: KeySource;
  log: Log;
  /** Rejects while the subgraph cannot serve. */
  ready(): Promise<unknown>;
  /** Plain HTTP addresses of the subgraph; true when it answered. */
  route?(path: string, ...door: Parameters<Handler>): boolean;
  /** The same for the gateway alone. */
  gatewayRoute?(path: string, ...door: Parameters<Handler>): Promise<boolean>;
}

export interface Subgraph {
  /** Of the GraphQL endpoint. */
  url: string;
  /** Says that it is not ready, and has its clients go elsewhere; until `stop` it answers whoever comes. */
  leave(): void;
  stop(): Promise<void>;
}

type ContextFor<Context> = (
  authorization: string | undefined,
  requestId: string,
  address: string | null,
) => Promise<Context>;

/** More than the largest body that the gateway takes from a client and hands on, and than a heavy federated fetch with its representations. */
const bodyLimit = 8 * 1024 * 1024;

/** Starts a subgraph: its schema over HTTP and, when it has subscriptions, over graphql-ws on the same address; `/health` and `/ready`. */
export async function startSubgraph<Context extends object>(settings: SubgraphSettings<Context>): Promise<Subgraph> {
  const { log, keys, gatewaySecret, acceptedGatewaySecrets = [] } = settings;
  const schema = buildSchema(settings.schemaFile, settings.resolvers);
  const known = [gatewaySecret, ...acceptedGatewaySecrets].map(equalTo);
  const isGateway = (shown: unknown) => known.some((isEqual) => isEqual(shown));
  const report = (formatted: GraphQLFormattedError, error: unknown) => {
    const cause = unwrap(error);
    if (isAway(cause)) {
      log.warn({ error: String(cause), path: formatted.path }, 'the database is away or busy');
      const { message, extensions } = unavailable();
      return { ...formatted, message, extensions };
    }
    const masked = mask(formatted);
    if (masked.extensions?.['code'] === 'INTERNAL_SERVER_ERROR')
      log.error({ err: cause, path: formatted.path }, 'a resolver failed');
    return masked;
  };
  const apollo = new ApolloServer<Context>({
    schema,
    introspection: false,
    csrfPrevention: false, // nobody but the gateway comes in
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: report,
    plugins: quiet,
    logger: log,
  });
  await apollo.start();
  const contextFor: ContextFor<Context> = async (authorization, requestId, address) =>
    settings.context({
      viewer: await viewerOf(authorization, keys),
      address,
      requestId,
      log: log.child({ requestId }),
    });

  let isLeaving = false;
  const ready = () => (isLeaving ? Promise.reject(new Error('the subgraph is leaving')) : settings.ready());
  const door = await openDoor(settings.host, settings.port, log, async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://door').pathname;
    if (await answerProbe(path, response, ready)) return;
    if (settings.route?.(path, request, response)) return;
    if (!isGateway(header(request, 'x-gateway-secret'))) throw unauthenticated();
    if (await settings.gatewayRoute?.(path, request, response)) return;
    const address = header(request, 'x-client-address');
    const context = () =>
      contextFor(request.headers.authorization, requestIdOf(request), typeof address === 'string' ? address : null);
    await traced('request', { kind: 'server', from: traceIn(request.headers) }, () =>
      answerGraphQL(apollo, request, response, context, bodyLimit),
    );
  });

  const stopSockets = schema.getSubscriptionType()
    ? serveSubscriptions(schema, isGateway, contextFor, report, (upgrade) => door.server.on('upgrade', upgrade))
    : async () => {};
  return {
    url: `${door.url}/graphql`,
    leave() {
      isLeaving = true;
      door.leave();
    },
    async stop() {
      await stopSockets();
      await door.stop();
      await apollo.stop();
    },
  };
}

/** One socket carries the subscriptions of many users: the socket is the gateway's, each subscribe brings its user's token in `extensions`. */
function serveSubscriptions<Context extends object>(
  schema: GraphQLSchema,
  isGateway: (secret: unknown) => boolean,
  contextFor: ContextFor<Context>,
  report: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError,
  onUpgrade: (upgrade: (request: IncomingMessage, socket: import('node:stream').Duplex, head: Buffer) => void) => void,
): () => Promise<void> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024, perMessageDeflate: false });
  onUpgrade((request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws, request)),
  );
  const masked = (errors: readonly (GraphQLError | GraphQLFormattedError)[]) =>
    errors.map((error) => report('toJSON' in error ? error.toJSON() : error, error));
  const read = checkedDocuments(schema);
  const running = useServer(
    {
      schema,
      connectionInitWaitTimeout: 3000,
      onConnect: (ctx) => isGateway(ctx.connectionParams?.['gatewaySecret']),
      // Nothing is thrown: the socket carries the streams of many others.
      async onSubscribe(_ctx, _id, { query, operationName, variables, extensions }) {
        const document = read(query);
        if (!('kind' in document)) return document;
        const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
        const { errors } = getVariableValues(schema, definitions, variables ?? {}, { maxErrors: 20 });
        if (errors) return errors.map((error) => coded(error, 'BAD_USER_INPUT'));
        const { authorization, requestId } = (extensions ?? {}) as Record<string, string | undefined>;
        try {
          const contextValue = await contextFor(authorization, requestId ?? 'subscription', null);
          return { schema, document, operationName, variableValues: variables, contextValue };
        } catch (error) {
          return [
            error instanceof GraphQLError ? error : new GraphQLError('No context', { originalError: error as Error }),
          ];
        }
      },
      ...(isTracing() && { subscribe: subscribeTraced }),
      onNext: (_ctx, _id, _payload, _args, result) =>
        result.errors ? { ...result, errors: masked(result.errors) as unknown as readonly GraphQLError[] } : result,
      onError: (_ctx, _id, _payload, errors) => masked(errors),
    },
    sockets,
    12_000,
  );
  return async () => {
    await running.dispose();
    sockets.close();
  };
}

/**
 * No landing page, nothing is ever reported to anyone, and no field is looked at for how long it may be kept: no Cache-Control means that nothing may.
 */
export const quiet: ApolloServerPlugin[] = [
  ApolloServerPluginLandingPageDisabled(),
  ApolloServerPluginCacheControlDisabled(),
  ApolloServerPluginInlineTraceDisabled(),
  ApolloServerPluginUsageReportingDisabled(),
  ApolloServerPluginSchemaReportingDisabled(),
];

function buildSchema(file: URL, resolvers: object): GraphQLSchema {
  const typeDefs = parse(readFileSync(file, 'utf8'));
  const scalars: Record<string, unknown> = { DateTime: GraphQLDateTime, JSON: GraphQLJSON, Long };
  const declared = typeDefs.definitions.flatMap((d) => (d.kind === 'ScalarTypeDefinition' ? [d.name.value] : []));
  const known = Object.fromEntries(declared.map((name) => [name, scalars[name]]));
  const schema = buildSubgraphSchema({ typeDefs, resolvers: { ...known, ...resolvers } as never });
  limitEntities(schema);
  return schema;
}

const header = (request: IncomingMessage, name: string) => request.headers[name];

const unwrap = (error: unknown): unknown => (error as GraphQLError | undefined)?.originalError ?? error;
