import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  type OperationTypeNode,
  type SelectionSetNode,
  getOperationAST,
  getVariableValues,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { Refusal } from '../../shared/errors.ts';
import { isNestedDeeper } from '../../shared/nesting.rules.ts';
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
import { ExactNumbersRule, exactVariables } from './exactNumbers.ts';
import { refusedToken } from './tokens.ts';

/** An operation that may be executed once it is known who asks. */
export interface ReadOperation extends Omit<Operation, 'caller'> {
  kind: OperationTypeNode;
}

type Read = { operation: ReadOperation; errors?: never } | Unreadable;
type ReadDocument =
  | {
      document: DocumentNode;
      estimators: Map<OperationDefinitionNode, Estimator>;
      hasOpaqueInput: boolean;
      errors?: never;
    }
  | Unreadable;
/** Every reason why not. */
type Unreadable = {
  operation?: never;
  document?: never;
  estimators?: never;
  hasOpaqueInput?: never;
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
  supergraphSdl: string,
  development: boolean,
  { limits = usualLimits, costLimit, costTerms }: DocumentSettings = {},
): Documents {
  const { estimator, hasListSizes } = openCosts(supergraphSdl, schema, costTerms);
  // Where no list says how long it is, an estimate says more of the assumption than of the operation.
  const highestCost = costLimit ?? (hasListSizes ? limits.cost : Infinity);
  const rules = [...specifiedRules, ExactNumbersRule, ...(development ? [] : [NoSchemaIntrospectionCustomRule])];
  const known = new LruCache<ReadDocument>(1000);
  const worded = (error: GraphQLError, code: 'GRAPHQL_VALIDATION_FAILED' | 'BAD_USER_INPUT') =>
    new GraphQLError(shortened(development ? error.message : error.message.replace(/ ?Did you mean .*$/s, '')), {
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
    const refused = refusedToken(document) ?? excess(document, limits) ?? conditionAtRoot(document);
    if (refused) return { errors: [refused] };
    const errors = validate(schema, document, rules, { maxErrors: 20 });
    return errors.length > 0
      ? { errors: unrepeated(errors).map((error) => worded(error, 'GRAPHQL_VALIDATION_FAILED')) }
      : { document, estimators: new Map(), hasOpaqueInput: hasOpaqueInput(document, schema) };
  };

  return {
    prepare: (text) => known.get(text, () => parseAndCheck(text)).document,
    read(text, operationName, given) {
      if (text.length > limits.characters) return { errors: [tooLong(limits)] };
      if (isNestedDeeper(given, limits.jsonDepth)) return { errors: [tooDeep()] };
      const { document, estimators, hasOpaqueInput: isOpaque, errors } = known.get(text, () => parseAndCheck(text));
      if (!document) return { errors };
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
      const { coerced } = variables;
      return {
        operation: { kind: node.operation, document, operationName, variables: coerced, hasOpaqueInput: isOpaque },
      };
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

/** Messages quote what was sent, however long it is. */
const shortened = (message: string) => (message.length > 300 ? `${message.slice(0, 299)}…` : message);

/** graphql-js throws out of `validate` on a condition at the root of a subscription, in fragments too, and the planner cannot plan one. */
function conditionAtRoot({ definitions }: DocumentNode): GraphQLError | undefined {
  const visited = new Set<string>();
  const isConditional = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include')) return true;
      if (selection.kind === Kind.INLINE_FRAGMENT) return isConditional(selection.selectionSet);
      if (selection.kind === Kind.FIELD || visited.has(selection.name.value)) return false;
      visited.add(selection.name.value);
      return definitions.some(
        (each) =>
          each.kind === Kind.FRAGMENT_DEFINITION &&
          each.name.value === selection.name.value &&
          isConditional(each.selectionSet),
      );
    });
  const found = definitions.some(
    (each) =>
      each.kind === Kind.OPERATION_DEFINITION && each.operation === 'subscription' && isConditional(each.selectionSet),
  );
  return found
    ? new Refusal('GRAPHQL_VALIDATION_FAILED', '@skip and @include are not allowed at the root of a subscription.')
    : undefined;
}
