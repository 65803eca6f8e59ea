import type { Schema } from '@apollo/federation-internals';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  getArgumentValues,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  typeFromAST,
} from 'graphql';
import { type ListSize, readCostDirectives } from './costDirectives.ts';
import { inputCost } from './inputCost.ts';

type Variables = Record<string, unknown>;

export interface Estimate {
  /** Objects that the operation may answer, each as often as the lists around it are long. */
  cost: number;
  /** The longest and the shortest page that the operation asks for by an argument; -1 stands for null. */
  longestPage: number;
  shortestPage: number;
  /** Why a list cannot be sized: it needs exactly one of its slicing arguments. */
  unsized?: string;
}

/** What one operation will cost with given variables. */
export type Estimator = (variables: Variables) => Estimate;

export interface CostTerms {
  /** How long a list is taken to be whose field says nothing of it. */
  assumedSize: number;
  /** What a mutation costs beside its answer. */
  mutation: number;
}
const usualTerms: CostTerms = { assumedSize: 10, mutation: 10 };

interface Part {
  weight: number;
  /** How often this part is answered per parent: a number, or what an argument with a variable says. */
  size: number | ((variables: Variables) => number);
  isPage: boolean;
  /** What the arguments cost, once however often the part is answered. */
  input: ((variables: Variables) => number) | undefined;
  /** The fault of its slicing arguments, if they have one. */
  fault: ((variables: Variables) => string | undefined) | undefined;
  parts: Part[];
}

/**
 * Estimates by the GraphQL Cost Directives of IBM (https://ibm.github.io/graphql-specs/cost-spec.html) with Apollo's defaults: an object costs
 * 1, a scalar 0, a mutation 10, and @cost and @listSize in the subgraphs' schemas say otherwise. Nothing is executed for it.
 */
export function openCosts(supergraph: Schema, schema: GraphQLSchema, { assumedSize, mutation } = usualTerms) {
  const { weights, sizes } = readCostDirectives(supergraph);

  const weightOf = (parent: GraphQLNamedType, field: GraphQLField<unknown, unknown>): number => {
    const type = getNamedType(field.type);
    return weights.get(`${parent.name}.${field.name}`) ?? weights.get(type.name) ?? (isCompositeType(type) ? 1 : 0);
  };

  /** The operation must be valid; its fragments are unfolded, so it must be of bounded height. */
  const estimator = (document: DocumentNode, operation: OperationDefinitionNode): Estimator => {
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const each of document.definitions)
      if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);

    const partsOf = (
      set: SelectionSetNode,
      parent: GraphQLNamedType,
      page?: { of: string[]; size: Part['size'] },
    ): Part[] =>
      set.selections.flatMap((selection): Part[] => {
        if (selection.kind !== Kind.FIELD) {
          const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)!;
          const type = fragment.typeCondition ? typeFromAST(schema, fragment.typeCondition)! : parent;
          return partsOf(fragment.selectionSet, type, page);
        }
        const hasFields = isObjectType(parent) || isInterfaceType(parent);
        const field = hasFields ? parent.getFields()[selection.name.value] : undefined;
        return field ? [partOf(selection, parent, field, page)] : [];
      });

    const partOf = (
      selection: FieldNode,
      parent: GraphQLNamedType,
      field: GraphQLField<unknown, unknown>,
      page?: { of: string[]; size: Part['size'] },
    ): Part => {
      const declared = sizes.get(`${parent.name}.${field.name}`);
      const size = declared ? sizeOf(declared, selection, field, assumedSize) : assumedSize;
      const sized = declared?.sizedFields;
      const isList = isListType(getNullableType(field.type));
      const inside = sized && { of: sized, size };
      return {
        weight: weightOf(parent, field),
        size: page?.of.includes(field.name) ? page.size : isList ? size : 1,
        input: inputCost(weights, parent.name, field, selection),
        fault: declared && slicingFault(declared, selection, field),
        isPage: Boolean(page?.of.includes(field.name) || (isList && declared?.slicingArguments)),
        parts: selection.selectionSet ? partsOf(selection.selectionSet, getNamedType(field.type), inside) : [],
      };
    };

    const root = schema.getRootType(operation.operation)!;
    const parts = partsOf(operation.selectionSet, root);
    const base = operation.operation === OperationTypeNode.MUTATION ? mutation : 0;
    return (variables) => {
      let [longestPage, shortestPage] = [0, 0];
      let unsized: string | undefined;
      const sum = (some: Part[]): number =>
        some.reduce((total, { weight, size, isPage, input, fault, parts: inner }) => {
          const times = typeof size === 'number' ? size : size(variables);
          if (isPage) [longestPage, shortestPage] = [Math.max(longestPage, times), Math.min(shortestPage, times)];
          unsized ??= fault?.(variables);
          return total + (input?.(variables) ?? 0) + Math.max(0, times) * (weight + sum(inner));
        }, 0);
      const cost = base + sum(parts);
      return { cost, longestPage, shortestPage, ...(unsized !== undefined && { unsized }) };
    };
  };
  return { estimator, hasListSizes: sizes.size > 0 };
}

/** Tells of slicing arguments that are not exactly one, defaults counted where none is given; undefined where any number will do. */
function slicingFault(
  { slicingArguments = [], requireOneSlicingArgument = true }: ListSize,
  selection: FieldNode,
  field: GraphQLField<unknown, unknown>,
): Part['fault'] {
  if (!requireOneSlicingArgument || slicingArguments.length === 0) return undefined;
  const hasDefault = field.args.some(
    ({ name, defaultValue }) => slicingArguments.includes(name) && defaultValue !== undefined && defaultValue !== null,
  );
  const given = selection.arguments?.filter(({ name }) => slicingArguments.includes(name.value)) ?? [];
  return (variables) => {
    const count = given.filter(
      ({ value }) => value.kind !== Kind.VARIABLE || variables[value.name.value] !== undefined,
    ).length;
    if (count === 1 || (count === 0 && hasDefault)) return undefined;
    return `The field ${field.name} needs exactly one of its arguments ${slicingArguments.join(', ')}.`;
  };
}

/** What the slicing arguments say, the longest of them; it is known now unless a variable has a part in it. */
function sizeOf(
  declared: ListSize,
  selection: FieldNode,
  field: GraphQLField<unknown, unknown>,
  assumedSize: number,
): Part['size'] {
  const slicing = new Set(declared.slicingArguments);
  const read = (variables: Variables) => {
    const values = Object.entries(getArgumentValues(field, selection, variables));
    const given = values.flatMap(([name, value]) =>
      slicing.has(name) ? [typeof value === 'number' ? value : -1] : [],
    );
    return given.length > 0 ? Math.max(...given) : (declared.assumedSize ?? assumedSize);
  };
  const isVariable = selection.arguments?.some(({ value }) => value.kind !== Kind.INT);
  return isVariable ? read : read({});
}
