import type { Schema } from '@apollo/federation-internals';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  type OperationTypeNode,
  getOperationAST,
  getVariableValues,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { Refusal } from '../../shared/errors.ts';
import { isNestedDeeper } from '../../shared/nesting.rules.ts';
import { hasDeferred } from '../execution/plan/operation/deferredFragments.ts';
import { hasOpaqueInput } from '../execution/answer/opaqueInput.ts';
import { type CostTerms, type Estimator, openCosts } from './cost.ts';
import type { Operation } from '../execution/execution.ts';
import { LruCache } from '../../shared/lruCache.ts';
import {
  type Limits,
  beyondEstimate,
  excess,
  limits as usualLimits,
  parsingRefusal,
  tooLong,
} from '../limits/limits.ts';
import { tooDeep } from '../limits/nesting.ts';
import { DeferRule } from './deferRule.ts';
import { conditionAtRoot, deferredAtRoot } from './rootDirectives.ts';
import { ExactNumbersRule, exactVariables } from './exactNumbers.ts';
import { refusedToken } from './tokens.ts';

/** An operation that may be executed once it is known who asks. */
export interface ReadOperation extends Omit<Operation, 'caller'> {
  kind: OperationTypeNode;
  /** It has a fragment that may be deferred. */
  hasDeferred?: boolean;
}

type Read = { operation: ReadOperation; errors?: never } | Unreadable;
type ReadDocument =
  | {
      document: DocumentNode;
      estimators: Map<OperationDefinitionNode, Estimator>;
      hasOpaqueInput: boolean;
      hasDeferred: boolean;
      errors?: never;
    }
  | Unreadable;
/** Every reason why not. */
type Unreadable = {
  operation?: never;
  document?: never;
  estimators?: never;
  hasOpaqueInput?: never;
  hasDeferred?: never;
  errors: readonly GraphQLError[];
};

export interface Documents {
  /** Parses and checks a document, once for the same text, and what is to be done with it. */
  read(text: string, operationName: string | null | undefined, variables: Variables): Read;
  /** Does the part of that which does not depend on variables. Undefined: the document would be refused. */
  prepare(text: string): DocumentNode | undefined;
}
type Variables = Record<string, unknown> | null | undefined;

export interface DocumentSettings {
  limits?: Limits;
  /** The highest cost of an operation; absent: that of the limits where the supergraph says how long its lists are. */
  costLimit?: number | undefined;
  costTerms?: CostTerms | undefined;
}

/** What a schema accepts, for both doors. In development it can be introspected, and mistakes are answered with suggestions. */
export function openDocuments(
  schema: GraphQLSchema,
  supergraph: Schema,
  development: boolean,
  { limits = usualLimits, costLimit, costTerms }: DocumentSettings = {},
): Documents {
  const { estimator, hasListSizes } = openCosts(supergraph, schema, costTerms);
  // Where no list says how long it is, an estimate says more of the assumption than of the operation.
  const highestCost = costLimit ?? (hasListSizes ? limits.cost : Infinity);
  const rules = [
    ...specifiedRules,
    ExactNumbersRule,
    DeferRule,
    ...(development ? [] : [NoSchemaIntrospectionCustomRule]),
  ];
  const known = new LruCache<ReadDocument>(1000);
  const worded = (error: GraphQLError, code: 'GRAPHQL_VALIDATION_FAILED' | 'BAD_USER_INPUT') =>
    new GraphQLError(shortened(development ? told(error) : told(error).replace(/ ?Did you mean .*$/s, '')), {
      nodes: error.nodes,
      extensions: { code },
    });

  const parseAndCheck = (text: string): ReadDocument => {
    let document: DocumentNode;
    try {
      document = parse(text, { maxTokens: limits.tokens });
    } catch (error) {
      return { errors: [parsingRefusal(error as GraphQLError, limits)] };
    }
    const refused =
      refusedToken(document) ?? excess(document, limits) ?? conditionAtRoot(document) ?? deferredAtRoot(document);
    if (refused) return { errors: [refused] };
    const errors = validate(schema, document, rules, { maxErrors: 20 });
    return errors.length > 0
      ? { errors: unrepeated(errors).map((error) => worded(error, 'GRAPHQL_VALIDATION_FAILED')) }
      : {
          document,
          estimators: new Map(),
          hasOpaqueInput: hasOpaqueInput(document, schema),
          hasDeferred: hasDeferred(document),
        };
  };

  return {
    prepare: (text) => known.get(text, () => parseAndCheck(text)).document,
    read(text, operationName, given) {
      if (text.length > limits.characters) return { errors: [tooLong(limits)] };
      if (isNestedDeeper(given, limits.jsonDepth)) return { errors: [tooDeep()] };
      const { errors, ...read } = known.get(text, () => parseAndCheck(text));
      const { document, estimators } = read;
      if (!document) return { errors: errors! };
      const node = getOperationAST(document, operationName);
      if (!node) return { errors: [unresolved()] };
      const definitions = node.variableDefinitions ?? [];
      const exact = exactVariables(schema, definitions, given ?? {});
      if (exact.refusal) return { errors: [exact.refusal] };
      const variables = getVariableValues(schema, definitions, exact.variables, { maxErrors: 20 });
      if (variables.errors) return { errors: variables.errors.map((error) => worded(error, 'BAD_USER_INPUT')) };
      let estimate = estimators.get(node);
      if (!estimate) estimators.set(node, (estimate = estimator(document, node)));
      const refused = beyondEstimate(estimate(variables.coerced), highestCost, limits);
      if (refused) return { errors: [refused] };
      const { hasOpaqueInput: isOpaque, hasDeferred: isDeferred } = read;
      const asked = { kind: node.operation, document, operationName, variables: variables.coerced };
      return { operation: { ...asked, hasOpaqueInput: isOpaque, hasDeferred: isDeferred } };
    },
  };
}

const unresolved = () =>
  new Refusal(
    'OPERATION_RESOLUTION_FAILURE',
    'The document has no operation of that name, or it has several and none was named.',
  );

/** The same mistake made a hundred times is told once. */
function unrepeated(errors: readonly GraphQLError[]): GraphQLError[] {
  const told = new Set(['Too many validation errors, error limit reached. Validation aborted.']);
  return errors.filter(({ message }) => !told.has(message) && told.add(message));
}

/** A directive of the same draft that clients may take for served. */
const told = ({ message }: GraphQLError): string =>
  message.startsWith('Unknown directive "@stream"')
    ? 'The directive @stream is not served: ask for lists by pages.'
    : message;

/** Messages quote what was sent, however long it is. */
const shortened = (message: string) => (message.length > 300 ? `${message.slice(0, 299)}…` : message);
