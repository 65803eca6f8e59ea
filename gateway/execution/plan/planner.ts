import { type Schema, operationFromDocument } from '@apollo/federation-internals';
import { type FetchNode, type PlanNode, QueryPlanner } from '@apollo/query-planner';
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  getOperationAST,
} from 'graphql';
import { Refusal } from '../../../shared/errors.ts';
import { type IsAllowed, authorize } from '../authorization/authorize.ts';
import type { ReadSupergraph } from '../../supergraph/readSupergraph.ts';
import { firstField } from '../rootField.ts';
import type { Steps } from '../steps.ts';
import { applyConditions } from './operation/conditions.ts';
import { waitForContexts } from './required/contextOrder.ts';
import { requireCoverage } from './steps/coverage.ts';
import { divideSteps } from './steps/divide.ts';
import { joinLaterFetches } from './steps/joinFetches.ts';
import { type DeferredFragment, deferredFragments, hasDeferred, labelDeferred } from './operation/deferredFragments.ts';
import { plannersKeys, renameCollisions, withInternalNames } from './operation/names.ts';
import { forgetUnresolvableKeys, aliasRequiredFields } from './required/requiredAliases.ts';
import { readRequiredAliases } from './required/requiredSelections.ts';
import type { Variables } from './operation/selection.ts';
import { type Step, stepsOf } from './steps/steps.ts';

export interface Plan {
  /** The operation as it was planned, its `@skip` and `@include` applied: fields whose response key collides with one of the planner's have an internal one. */
  document: DocumentNode;
  operation: OperationDefinitionNode;
  /** Fields of the document that the caller may not read: they were left out of the plan. */
  refused: ReadonlySet<FieldNode>;
  /** Whether the caller may read objects of a type. */
  isAllowed: IsAllowed;
  /** The client's response key of each internal one. */
  clientKeys: ReadonlyMap<string, string>;
  /** The client's variable of each internal one. */
  clientVariables: ReadonlyMap<string, string>;
  /** A subscription's stream; its steps are then what completes an event. */
  primary?: FetchNode;
  steps: readonly Step[];
  /** What is answered later, each after what is around it. */
  deferred: readonly DeferredFragment[];
}

export interface Planner {
  apiSchema: GraphQLSchema;
  /** With every subgraph's types, also those that clients do not see. */
  schema: Schema;
  subgraphs: readonly { name: string; url: string }[];
  /** Throws when the operation cannot be planned. It takes milliseconds: keep what it returns. */
  plan(document: DocumentNode, choice: Choice): Plan;
}

/** What decides, beside the document, how an operation is planned. */
export interface Choice {
  operationName: string | undefined;
  variables: Variables;
  /** The labels of progressive overrides that are on. */
  labels: ReadonlySet<string>;
  isAllowed: IsAllowed;
  /** Whether parts of the answer may come later. */
  mayDefer: boolean;
}

/** Apollo's planner, with three of its faults corrected. */
export function* plannerSteps({
  supergraph,
  document: supergraphDocument,
  api,
  apiSchema,
}: ReadSupergraph): Steps<Planner> {
  // It is never asked to divide an operation: there are deferred fragments over which it never ends, and others that it refuses.
  const planner = new QueryPlanner(supergraph, { reuseQueryFragments: false });
  yield;
  const { requirements, names } = aliasRequiredFields(planner);
  forgetUnresolvableKeys(planner);
  yield;
  const taken = plannersKeys(supergraphDocument);
  const plan = (given: DocumentNode, choice: Choice): Plan => {
    const { operationName, variables, labels, isAllowed, mayDefer } = choice;
    const { document: whole, clientVariables, ...renamed } = renameCollisions(given, taken);
    const applied = applyConditions(whole, withInternalNames(variables, clientVariables), mayDefer);
    const document = hasDeferred(applied) ? labelDeferred(applied, operationName) : applied;
    const clientKeys = new Map([...names, ...renamed.clientKeys]);
    const { document: asked, refused } = authorize(document, apiSchema, isAllowed);
    const operation = getOperationAST(document, operationName)!;
    if (operation.operation === 'subscription' && refused.has(firstField(document, operation.selectionSet)))
      throw new Refusal('UNAUTHORIZED_FIELD_OR_TYPE', 'Unauthorized field or type');
    const { node } = planner.buildQueryPlan(
      operationFromDocument(api, document === applied ? asked : applyConditions(asked, {}), {
        operationName,
        validate: false,
      }),
      // A label that is not named is off.
      { overrideConditions: new Map([...labels].map((label) => [label, true])) },
    );
    const primary = node?.kind === 'Subscription' ? node.primary : undefined;
    const tree: PlanNode | undefined = node?.kind === 'Subscription' ? node.rest : node;
    const deferred = document === applied ? [] : deferredFragments(operation);
    const fetches = waitForContexts(stepsOf(tree && readRequiredAliases(tree, requirements)));
    const steps = joinLaterFetches(divideSteps(fetches, operation, deferred));
    const root: Step[] = primary ? [{ fetch: primary, path: [], pathText: '', after: [], level: 0 }] : [];
    requireCoverage(asked, getOperationAST(asked, operationName)!, [...root, ...steps]);
    return {
      document,
      operation,
      refused,
      isAllowed,
      clientKeys,
      clientVariables,
      steps,
      deferred,
      ...(primary && { primary }),
    };
  };
  return {
    apiSchema,
    schema: supergraph.schema,
    subgraphs: supergraph.subgraphsMetadata(),
    plan,
  };
}
