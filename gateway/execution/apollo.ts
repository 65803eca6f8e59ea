import { createRequire } from 'node:module';
import { Supergraph, operationFromDocument } from '@apollo/federation-internals';
import type { GraphQLDataSource, ServiceMap } from '@apollo/gateway';
import { type FetchNode, type QueryPlan, QueryPlanner, type SubscriptionNode } from '@apollo/query-planner';
import { type ExecutionResult, GraphQLError, print, stripIgnoredCharacters } from 'graphql';
import { Guards } from './authorization/guards.ts';
import type { Execution, Operation, SendToSubgraph, SubscriptionPlan, WrittenResult } from './execution.ts';
import { LruCache } from '../../shared/lruCache.ts';
import { rootField } from './rootField.ts';

const require = createRequire(import.meta.url);

/** @apollo/gateway sends telemetry unless told not to. Only its executor is used here, which does not; this setting holds it should that change. */
process.env['APOLLO_TELEMETRY_DISABLED'] = '1';

/** The "subgraph" that answers a subscription's primary fetch with the event; not a GraphQL name, so no real one can have it. */
const event = '(event)';

/** Execution by the executor of @apollo/gateway: a switch for operators, and the meaning that ours is compared with in tests. */
export function createApolloExecution(supergraphSdl: string, send: SendToSubgraph): Execution {
  // The package takes a second to load, and only this execution needs it.
  const { buildOperationContext, executeQueryPlan } = require('@apollo/gateway') as typeof import('@apollo/gateway');
  const supergraph = Supergraph.build(supergraphSdl, { validateSupergraph: true });
  if (!new Guards(supergraph.schema).areEmpty)
    throw new Error(
      'it guards fields by @authenticated, @requiresScopes or @policy, which only our own execution enforces',
    );
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema();
  const api = supergraph.apiSchema();
  const apiSchema = api.toGraphQLJSSchema();
  const planner = new QueryPlanner(supergraph);
  const plans = new LruCache<QueryPlan>(1000);
  const subgraphs = supergraph.subgraphsMetadata();
  const services = Object.fromEntries(subgraphs.map(({ name, url }) => [name, dataSource(name, url, send)]));

  const planFor = ({ document, operationName }: Operation) =>
    plans.get(`${operationName ?? ''} ${stripIgnoredCharacters(print(document))}`, () =>
      planner.buildQueryPlan(
        operationFromDocument(api, document, { operationName: operationName ?? undefined, validate: false }),
      ),
    );

  const run = async (plan: QueryPlan, operation: Operation, serviceMap: ServiceMap): Promise<ExecutionResult> => {
    const { document, operationName, variables, caller } = operation;
    const request = { request: { variables }, context: caller, metrics: {}, document, schema: apiSchema };
    const context = buildOperationContext({
      schema: apiSchema,
      operationDocument: document,
      ...(operationName && { operationName }),
    });
    return asResult(await executeQueryPlan(plan, serviceMap, request as never, context, supergraphSchema, api));
  };

  return {
    apiSchema,
    supergraphSdl,
    subgraphs,
    inUse: () => [],
    prepare: () => {},
    execute: async (operation) => run(planFor(operation), operation, services),
    write: async (operation) => written(await run(planFor(operation), operation, services)),
    // It knows nothing of deferred fragments, so everything comes at once.
    async writeInParts(operation) {
      const { data, errors } = await run(planFor(operation), operation, services);
      async function* nothing(): AsyncGenerator<never, undefined> {}
      const finished = Promise.resolve();
      return { data: JSON.stringify(data), ...(errors && { errors }), pending: [], deliveries: nothing(), finished };
    },
    planSubscription(operation): SubscriptionPlan {
      const { primary, rest } = planFor(operation).node as SubscriptionNode;
      // Apollo's executor refuses the node `Subscription`, and the same work as a sequence is an ordinary plan.
      const asQuery: QueryPlan = {
        kind: 'QueryPlan',
        node: { kind: 'Sequence', nodes: [{ ...primary, serviceName: event }, ...(rest ? [rest] : [])] },
      };
      return {
        service: primary.serviceName,
        url: subgraphs.find(({ name }) => name === primary.serviceName)!.url,
        query: primary.operation,
        operationName: primary.operationName,
        variables: variablesOf(primary, operation.variables),
        rootField: rootField(apiSchema, operation),
        // The executor merges into what it is given, so each event is cloned.
        async complete(answer) {
          const source = { process: async () => structuredClone(answer) as never };
          return written(await run(asQuery, operation, { ...services, [event]: source }));
        },
      };
    },
  };
}

const written = ({ data = null, errors }: ExecutionResult): WrittenResult => ({
  data: JSON.stringify(data),
  ...(errors && { errors }),
});

function dataSource(service: string, url: string, send: SendToSubgraph): GraphQLDataSource {
  return {
    async process({ request: { query, operationName, variables }, context }) {
      const body = JSON.stringify({ query, ...(operationName && { operationName }), variables });
      const mayRepeat = !/^\s*mutation\b/.test(query!);
      return (await send({ service, url, body, caller: context as Operation['caller'], mayRepeat })) as never;
    },
  };
}

function variablesOf(fetch: FetchNode, given: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    (fetch.variableUsages ?? []).flatMap((name) => (Object.hasOwn(given, name) ? [[name, given[name]]] : [])),
  );
}

/** A null that the schema forbids is an error at its place; Apollo's executor only mentions it in `extensions`. */
function asResult({
  data,
  errors,
  extensions,
}: Awaited<ReturnType<(typeof import('@apollo/gateway'))['executeQueryPlan']>>): ExecutionResult {
  const all = [...(errors ?? []), ...((extensions?.['valueCompletion'] as GraphQLError[] | undefined) ?? [])];
  return { data: data ?? null, ...(all.length > 0 && { errors: all.map(asGraphQLError) }) };
}

const asGraphQLError = (error: unknown): GraphQLError =>
  error instanceof GraphQLError ? error : new GraphQLError(error instanceof Error ? error.message : String(error));
