import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  Kind,
  type SelectionSetNode,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Route } from './routes.ts';

export type JsonSchema = Record<string, unknown>;

/** Of a value that a request carries; `inputs` collects the input objects by name. */
export function inputSchema(type: GraphQLInputType, inputs: Record<string, JsonSchema>): JsonSchema {
  if (!isNonNullType(type)) return orNull(inputOf(type, inputs));
  return inputOf(type.ofType as GraphQLInputType, inputs);
}

function inputOf(type: GraphQLInputType, inputs: Record<string, JsonSchema>): JsonSchema {
  if (isListType(type)) return { type: 'array', items: inputSchema(type.ofType as GraphQLInputType, inputs) };
  if (!isInputObjectType(type)) return leafSchema(getNamedType(type).name, isEnumType(type) ? type : undefined);
  if (!inputs[type.name]) {
    inputs[type.name] = {}; // it may contain itself
    const fields = Object.values(type.getFields());
    inputs[type.name] = {
      type: 'object',
      ...(type.description && { description: type.description }),
      additionalProperties: false,
      required: fields
        .filter((field) => isNonNullType(field.type) && field.defaultValue === undefined)
        .map(({ name }) => name),
      properties: Object.fromEntries(
        fields.map((field) => [
          field.name,
          {
            ...inputSchema(field.type, inputs),
            ...(field.description && { description: field.description }),
            ...(field.defaultValue !== undefined && { default: field.defaultValue }),
          },
        ]),
      ),
    };
  }
  return { $ref: `#/components/schemas/${type.name}` };
}

/** What the selection of the operation makes of the schema, at the member that is answered. */
export function answerSchema({ operation, answer, copies, constants }: Route, schema: GraphQLSchema): JsonSchema {
  const root = schema.getRootType(operation.definition.operation)!;
  const all = selectionSchema(root, operation.definition.selectionSet, fragmentsOf(operation.document));
  const found = answer.reduce<JsonSchema>((place, key) => propertiesOf(place)[key] ?? {}, all);
  const extend = (value: JsonSchema): JsonSchema => {
    if (value['type'] === 'array') return { ...value, items: extend(value['items'] as JsonSchema) };
    const properties = propertiesOf(value);
    const copied = Object.entries(copies).map(([key, path]) => [
      key,
      path.reduce<JsonSchema>(
        (place, step) =>
          /^\d+$/.test(step) ? ((place['items'] as JsonSchema) ?? {}) : (propertiesOf(place)[step] ?? {}),
        value,
      ),
    ]);
    const constant = Object.entries(constants).map(([key, one]) => [key, { const: one }]);
    const added = Object.fromEntries([...copied, ...constant]) as Record<string, JsonSchema>;
    if (Object.keys(added).length === 0) return value;
    return {
      ...value,
      required: [...((value['required'] as string[]) ?? []), ...Object.keys(added)],
      properties: { ...properties, ...added },
    };
  };
  return extend(withoutNull(found));
}

const propertiesOf = (schema: JsonSchema): Record<string, JsonSchema> =>
  (withoutNull(schema)['properties'] as Record<string, JsonSchema> | undefined) ?? {};
const withoutNull = (schema: JsonSchema): JsonSchema =>
  Array.isArray(schema['type'])
    ? { ...schema, type: (schema['type'] as string[]).find((one) => one !== 'null') }
    : schema;
const orNull = (schema: JsonSchema): JsonSchema =>
  typeof schema['type'] === 'string'
    ? { ...schema, type: [schema['type'], 'null'] }
    : schema['$ref']
      ? { oneOf: [schema, { type: 'null' }] }
      : schema;

function outputSchema(
  type: GraphQLOutputType,
  selection: SelectionSetNode | undefined,
  fragments: Fragments,
): JsonSchema {
  const inner = getNullableType(type);
  const schema = isListType(inner)
    ? { type: 'array', items: outputSchema(inner.ofType as GraphQLOutputType, selection, fragments) }
    : isCompositeType(inner)
      ? selectionSchema(inner, selection, fragments)
      : leafSchema(getNamedType(inner).name, isEnumType(inner) ? inner : undefined);
  return isNonNullType(type) ? schema : orNull(schema);
}

type Fragments = ReadonlyMap<string, SelectionSetNode>;

const fragmentsOf = ({ definitions }: DocumentNode): Fragments =>
  new Map(
    definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet]] : [])),
  );

function selectionSchema(type: unknown, selection: SelectionSetNode | undefined, fragments: Fragments): JsonSchema {
  if (!isObjectType(type)) return { type: 'object' };
  const properties: Record<string, JsonSchema> = {};
  for (const node of selection?.selections ?? []) {
    if (node.kind !== Kind.FIELD) {
      const inside = node.kind === Kind.INLINE_FRAGMENT ? node.selectionSet : fragments.get(node.name.value);
      Object.assign(properties, propertiesOf(selectionSchema(type, inside, fragments)));
      continue;
    }
    const field = type.getFields()[node.name.value];
    properties[node.alias?.value ?? node.name.value] = field
      ? {
          ...outputSchema(field.type, node.selectionSet, fragments),
          ...(field.description && { description: field.description }),
        }
      : { type: 'string' }; // __typename
  }
  return { type: 'object', required: Object.keys(properties), properties };
}

const leaves: Record<string, JsonSchema> = {
  ID: { type: 'string' },
  String: { type: 'string' },
  Int: { type: 'integer', format: 'int32' },
  Long: { type: 'integer', format: 'int64' },
  Float: { type: 'number' },
  Boolean: { type: 'boolean' },
  DateTime: { type: 'string', format: 'date-time' },
};

function leafSchema(name: string, enumeration: { getValues(): readonly { name: string }[] } | undefined): JsonSchema {
  if (enumeration) return { type: 'string', enum: enumeration.getValues().map((value) => value.name) };
  return leaves[name] ?? {};
}
