import {
  type FieldNode,
  type GraphQLField,
  type GraphQLInputType,
  getArgumentValues,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
} from 'graphql';

type Variables = Record<string, unknown>;

/**
 * The cost of a field's arguments: an input object costs 1 and what its members cost, anything else nothing, unless `@cost` says otherwise of the
 * argument, the member, or the type. What is not given costs nothing. Undefined for arguments that cost nothing whatever is given.
 */
export function inputCost(
  weights: ReadonlyMap<string, number>,
  parent: string,
  field: GraphQLField<unknown, unknown>,
  selection: FieldNode,
): ((variables: Variables) => number) | undefined {
  const coordinateOf = (name: string) => `${parent}.${field.name}(${name}:)`;
  const costly = field.args.filter(
    ({ name, type }) =>
      weights.has(coordinateOf(name)) || isInputObjectType(getNamedType(type)) || weights.has(getNamedType(type).name),
  );
  if (costly.length === 0) return undefined;
  return (variables) => {
    const values = getArgumentValues(field, selection, variables);
    return costly.reduce((sum, { name, type }) => sum + costOf(weights, type, values[name], coordinateOf(name)), 0);
  };
}

function costOf(
  weights: ReadonlyMap<string, number>,
  given: GraphQLInputType,
  value: unknown,
  coordinate: string,
): number {
  if (value === undefined || value === null) return 0;
  const type = getNullableType(given);
  if (isListType(type)) {
    const items: unknown[] = Array.isArray(value) ? value : [value];
    return items.reduce<number>((sum, item) => sum + costOf(weights, type.ofType, item, coordinate), 0);
  }
  const own = weights.get(coordinate) ?? weights.get(getNamedType(type).name);
  if (!isInputObjectType(type)) return own ?? 0;
  const members = Object.values(type.getFields()).map(({ name, type: inner }) =>
    costOf(weights, inner, (value as Variables)[name], `${type.name}.${name}`),
  );
  return members.reduce((sum, cost) => sum + cost, own ?? 1);
}
