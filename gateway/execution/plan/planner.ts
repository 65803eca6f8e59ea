import { DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph, operationFromDocument } from '@apollo/federation-internals';
import { type FetchNode, type PlanNode, QueryPlanner } from '@apollo/query-planner';
import { type DocumentNode, type GraphQLSchema, type OperationDefinitionNode, getOperationAST } from 'graphql';
import { applyConditions } from './conditions.ts';
import { waitForContexts } from './contextOrder.ts';
import { requireCoverage } from './coverage.ts';
import { plannersKeys, renameCollisions, withInternalNames } from './names.ts';
import { forgetUnresolvableKeys, aliasRequiredFields } from './requiredAliases.ts';
import { readRequiredAliases } from './requiredSelections.ts';
import type { Variables } from './selection.ts';
import { type Step, stepsOf } from './steps.ts';

/** What can be served: all that Apollo's gateway serves, and contexts. Directives that guard fields are not on it, as nobody here enforces them. */
const features = new Set([...DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES, 'https://specs.apollo.dev/context/v0.1']);

export interface Plan {
  /** The operation as it was planned, its `@skip` and `@include` applied: fields whose response key collides with one of the planner's have an internal one. */
  document: DocumentNode;
  operation: OperationDefinitionNode;
  /** The client's response key of each internal one. */
  clientKeys: ReadonlyMap<string, string>;
  /** The client's variable of each internal one. */
  clientVariables: ReadonlyMap<string, string>;
  /** A subscription's stream; its steps are then what completes an event. */
  primary?: FetchNode;
  steps: readonly Step[];
}

export interface Planner {
  apiSchema: GraphQLSchema;
  /** The schema with every subgraph's types, also those that clients do not see. */
  supergraphSchema: GraphQLSchema;
  subgraphs: readonly { name: string; url: string }[];
  /** Throws when the operation cannot be planned. It takes milliseconds: keep what it returns. */
  plan(document: DocumentNode, operationName: string | undefined, variables: Variables): Plan;
}

/** Apollo's planner, with three of its faults corrected. Throws when the supergraph cannot be read. */
export function createPlanner(supergraphSdl: string): Planner {
  const supergraph = Supergraph.build(supergraphSdl, { supportedFeatures: features, validateSupergraph: true });
  const api = supergraph.apiSchema();
  const planner = new QueryPlanner(supergraph, { reuseQueryFragments: false });
  const { requirements, names } = aliasRequiredFields(planner);
  forgetUnresolvableKeys(planner);
  const taken = plannersKeys(supergraphSdl);
  return {
    apiSchema: api.toGraphQLJSSchema(),
    supergraphSchema: supergraph.schema.toGraphQLJSSchema(),
    subgraphs: supergraph.subgraphsMetadata(),
    plan(given, operationName, variables) {
      const { document: whole, clientVariables, ...renamed } = renameCollisions(given, taken);
      const document = applyConditions(whole, withInternalNames(variables, clientVariables));
      const clientKeys = new Map([...names, ...renamed.clientKeys]);
      const { node } = planner.buildQueryPlan(operationFromDocument(api, document, { operationName, validate: false }));
      const operation = getOperationAST(document, operationName)!;
      const primary = node?.kind === 'Subscription' ? node.primary : undefined;
      const tree: PlanNode | undefined = node?.kind === 'Subscription' ? node.rest : node;
      const steps = waitForContexts(stepsOf(tree && readRequiredAliases(tree, requirements)));
      const root: Step[] = primary ? [{ fetch: primary, path: [], pathText: '', after: [], level: 0 }] : [];
      requireCoverage(document, operation, [...root, ...steps]);
      return { document, operation, clientKeys, clientVariables, steps, ...(primary && { primary }) };
    },
  };
}
