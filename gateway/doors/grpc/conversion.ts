import {
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  typeFromAST,
} from 'graphql';
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { NamedOperation } from '../../operations/operationFolder.ts';

/**
 * The variables of a request, from its Protobuf JSON: 64-bit numbers are numbers again, what must be there and is left out is zero or empty, as
 * Protobuf leaves out zeros on the wire.
 */
export function variablesReader(
  { definition }: NamedOperation,
  schema: GraphQLSchema,
): (message: JsonObject) => Record<string, JsonValue> {
  const variables = (definition.variableDefinitions ?? []).map(({ variable, type, defaultValue }) => ({
    name: variable.name.value,
    type: typeFromAST(schema, type as never) as GraphQLInputType,
    hasDefault: defaultValue !== undefined,
  }));
  return (message) => objectOf(message, variables);
}

interface Member {
  name: string;
  type: GraphQLInputType;
  hasDefault: boolean;
}

function objectOf(message: JsonObject, members: readonly Member[]): Record<string, JsonValue> {
  const read = members.flatMap(({ name, type, hasDefault }): [string, JsonValue][] => {
    const value =
      message[name] ?? (isNonNullType(type) && !hasDefault ? zeroOf(type.ofType as GraphQLInputType) : undefined);
    return value === undefined ? [] : [[name, valueOf(value, type)]];
  });
  return Object.fromEntries(read);
}

function zeroOf(type: GraphQLInputType): JsonValue | undefined {
  if (isListType(type)) return [];
  if (isInputObjectType(type)) return {};
  if (isEnumType(type)) return undefined;
  const { name } = type as { name: string };
  if (name === 'Boolean') return false;
  return ['Int', 'Long', 'Float'].includes(name) ? 0 : '';
}

function valueOf(value: JsonValue, type: GraphQLInputType): JsonValue {
  const inner = getNullableType(type);
  if (isListType(inner))
    return Array.isArray(value) ? value.map((one) => valueOf(one, inner.ofType as GraphQLInputType)) : value;
  if (isInputObjectType(inner)) {
    const members = Object.values(inner.getFields()).map((field) => ({
      ...{ name: field.name, type: field.type, hasDefault: field.defaultValue !== undefined },
    }));
    return objectOf(value as JsonObject, members);
  }
  return (inner as { name: string }).name === 'Long' ? Number(value) : value;
}

/** An answer without the nulls that lists may have and Protobuf's may not. */
export function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.filter((one) => one !== null).map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutNulls(one)]));
}
