import { ApolloServer, type ApolloServerOptions, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import {
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  OperationTypeNode,
} from 'graphql';
import { Refusal, mask } from '../shared/errors.ts';
import type { Log } from '../shared/log.ts';
import { type Head, headOf } from './doors/answerHead.ts';
import type { Caller } from './identity/forwarding.ts';
import type { Graph } from './supergraph/graph.ts';
import { limits, parsingRefusal } from './limits/limits.ts';
import type { DoorName, Traffic } from './metrics/traffic.ts';

export interface Pipeline {
  apollo: ApolloServer<Caller>;
  /** One query or mutation that came by another door than HTTP. */
  execute(request: Request, caller: Caller, door: DoorName): Promise<ExecutionResult>;
  /** Masks an error for a client, and logs what it hides. */
  report: Report;
  /** Serves another graph from now on; what is being executed ends with the one that it began with. */
  serve(graph: Graph): void;
  stop(): Promise<void>;
}

type Request = Parameters<ApolloServer<Caller>['executeOperation']>[0];
type Gateway = NonNullable<ApolloServerOptions<Caller>['gateway']>;
type SchemaListener = Parameters<Gateway['onSchemaLoadOrUpdate']>[0];

export type Report = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/** Queries and mutations of both doors go through this Apollo Server; our graph stands where it expects a gateway. */
export async function startPipeline(first: Graph, development: boolean, traffic: Traffic, log: Log): Promise<Pipeline> {
  const graphs = new WeakMap<GraphQLSchema, Graph>();
  const listeners = new Set<SchemaListener>();
  const serve = (graph: Graph) => {
    graphs.set(graph.execution.apiSchema, graph);
    for (const listener of listeners)
      listener({ apiSchema: graph.execution.apiSchema, coreSupergraphSdl: graph.execution.supergraphSdl });
  };
  const gateway: Gateway = {
    onSchemaLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load() {
      serve(first);
      return Promise.resolve({ executor: (context) => execute(graphs.get(context.schema)!, context) });
    },
    stop: () => Promise.resolve(),
  };
  const reported = new WeakSet<GraphQLFormattedError>();
  const report: Report = (formatted, error) => {
    const isSyntax = formatted.extensions?.['code'] === 'GRAPHQL_PARSE_FAILED' && error instanceof GraphQLError;
    const masked = mask(isSyntax ? parsingRefusal(error).toJSON() : formatted);
    // What is answered over a socket comes here twice: from Apollo Server and from the door.
    if (!reported.has(formatted)) traffic.refused(masked.extensions?.['code']);
    reported.add(masked);
    if (isInternal(masked) && !isMasked(formatted))
      log.error({ err: unwrap(error), path: formatted.path }, 'an operation failed');
    return masked;
  };
  const apollo = new ApolloServer<Caller>({
    gateway,
    parseOptions: { maxTokens: limits.tokens },
    dangerouslyDisableValidation: true, // `execute` validates, behind our limits and for both doors alike
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    introspection: development,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    nodeEnv: 'production', // behaviour comes from our settings only
    formatError: report,
    logger: log,
    plugins: [
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      development
        ? ApolloServerPluginLandingPageLocalDefault({ footer: false })
        : ApolloServerPluginLandingPageDisabled(),
      fineInJson,
    ],
  });
  await apollo.start();
  return {
    apollo,
    async execute(request, caller, door) {
      const answered = traffic.begin(door);
      const { body } = await apollo.executeOperation(request, { contextValue: caller });
      answered();
      return (body.kind === 'single' ? body.singleResult : body.initialResult) as ExecutionResult;
    },
    report,
    serve,
    stop: () => apollo.stop(),
  };
}

/** GraphQL over HTTP, 6.4.1: in application/json an answer is 200 once the request could be read, whatever is wrong with the document. */
const fineInJson: ApolloServerPlugin<Caller> = {
  requestDidStart: async () => ({
    async willSendResponse({ request, response: { http, body } }) {
      const accepted = request.http?.headers.get('accept') ?? '';
      const isJson = !accepted.includes('application/graphql-response+json');
      const code = body.kind === 'single' && body.singleResult.errors?.[0]?.extensions?.['code'];
      if (http.status === 400 && isJson && code !== 'BAD_REQUEST') http.status = 200;
    },
  }),
};

type Executor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>;

/** An answer without `data` gets the status 400. */
async function execute(
  { execution, documents }: Graph,
  { source, request, context }: Parameters<Executor>[0],
): ReturnType<Executor> {
  const { operation, errors } = documents.read(source, request.operationName, request.variables);
  if (!operation) return { errors };
  if (operation.kind === OperationTypeNode.SUBSCRIPTION) return { errors: [overHttp()] };
  const result = await execution.execute({ ...operation, caller: context as Caller });
  const head = headOf(Boolean(result.data), result.errors);
  return head ? { ...result, errors: result.errors!.map((error) => withHead(error, head)) } : result;
}

/** Apollo Server takes what is for the answer as a whole out of the errors, and so does not tell it to the client. */
function withHead(error: GraphQLError, { status, retryAfterSeconds }: Head): GraphQLError {
  const { message, path, originalError, extensions } = error;
  const http = { status, headers: new HeaderMap([['retry-after', String(retryAfterSeconds)]]) };
  return new GraphQLError(message, { path, originalError: originalError ?? null, extensions: { ...extensions, http } });
}

export const overHttp = () =>
  new Refusal(
    'SUBSCRIPTIONS_OVER_WS_ONLY',
    'Subscriptions are served over WebSocket at this same address, sub-protocol graphql-transport-ws.',
  );
const isInternal = ({ extensions }: GraphQLFormattedError) => extensions?.['code'] === 'INTERNAL_SERVER_ERROR';
const isMasked = ({ message }: GraphQLFormattedError) => message === 'Internal server error';
const unwrap = (error: unknown): unknown => (error as GraphQLError | undefined)?.originalError ?? error;
