import {
  type GraphQLEnumType,
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
  typeFromAST,
} from 'graphql';
import { StartRefusal } from '../../../../shared/process/environment.ts';
import type { NamedOperation } from '../../../operations/operationFolder.ts';
import type { FieldNumbers } from './fieldNumbers.ts';
import { type ProtoEnum, type ProtoField, type ProtoFile, type ProtoMessage, pascalCase, snakeCase } from './proto.ts';

export interface GrpcNames {
  package: string;
  service: string;
  /** Methods that are not called as their operations. */
  names: Readonly<Record<string, string>>;
}

/** The method that an operation is called by. */
export const methodName = ({ names }: GrpcNames, operation: string): string =>
  names[operation] ?? pascalCase(operation);

/** Named operations as a Protobuf service: variables make the request, the selection makes the response. Throws for what Protobuf cannot say. */
export function protoOf(
  operations: readonly NamedOperation[],
  schema: GraphQLSchema,
  names: GrpcNames,
  numbers: FieldNumbers,
): ProtoFile {
  const shared = new Map<string, ProtoMessage>();
  const enums = new Map<string, ProtoEnum>();
  const types = { shared, enums, numbers };
  const rpcs: ProtoFile['rpcs'][number][] = [];
  const messages: ProtoMessage[] = [];
  for (const operation of operations) {
    const { name, definition, summary, description } = operation;
    const method = methodName(names, name);
    rpcs.push({
      ...{ name: method, request: `${method}Request`, response: `${method}Response` },
      doc: [summary, description].filter(Boolean).join('\n'),
      isStream: definition.operation === 'subscription',
    });
    messages.push(requestOf(operation, schema, `${method}Request`, types));
    const root = schema.getRootType(definition.operation)!;
    messages.push(selectionOf(root, definition.selectionSet, `${method}Response`, '', operation, types));
  }
  return {
    ...{ package: names.package, service: names.service, rpcs },
    messages: [...messages, ...[...shared.values()].sort(byName)],
    enums: [...enums.values()].sort(byName),
  };
}

interface Types {
  shared: Map<string, ProtoMessage>;
  enums: Map<string, ProtoEnum>;
  numbers: FieldNumbers;
}
const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);

function requestOf({ definition }: NamedOperation, schema: GraphQLSchema, name: string, types: Types): ProtoMessage {
  const fields = (definition.variableDefinitions ?? []).map(({ variable, type, defaultValue }) => {
    const found = typeFromAST(schema, type as never) as GraphQLInputType;
    return { name: variable.name.value, type: found, doc: '', hasDefault: defaultValue !== undefined };
  });
  return messageOf(
    name,
    '',
    fields.map((one) => inputField(one, types)),
    [],
    name,
    types,
  );
}

interface Input {
  name: string;
  type: GraphQLInputType;
  doc: string;
  hasDefault: boolean;
}

function inputField({ name, type, doc, hasDefault }: Input, types: Types): Unnumbered {
  const inner = getNullableType(type);
  const isList = isListType(inner);
  const item = isList ? getNullableType(inner.ofType as GraphQLInputType) : inner;
  if (isListType(item)) throw refusal(`${name} is a list of lists`);
  const isOptional = !isNonNullType(type) || hasDefault;
  if (isInputObjectType(item) && !types.shared.has(item.name)) {
    types.shared.set(item.name, { name: item.name, doc: '', fields: [], messages: [], reserved: [] }); // it may contain itself
    const fields = Object.values(item.getFields()).map((field) =>
      inputField(
        {
          name: field.name,
          type: field.type,
          doc: field.description ?? '',
          hasDefault: field.defaultValue !== undefined,
        },
        types,
      ),
    );
    types.shared.set(item.name, messageOf(item.name, item.description ?? '', fields, [], item.name, types));
  }
  const of = isInputObjectType(item) ? { message: item.name } : leafOf(item as never, types);
  const label = isList ? 'repeated' : isOptional ? 'optional' : undefined;
  return { ...fieldNames(name), doc, type: of, label, isRequired: !isOptional };
}

type Unnumbered = Omit<ProtoField, 'number'>;
const fieldNames = (name: string) => ({ name: snakeCase(name), jsonName: name });

/** The message of a selection. Objects below are messages inside it, since each operation selects fields of its own. */
function selectionOf(
  type: unknown,
  selection: SelectionSetNode,
  name: string,
  doc: string,
  operation: NamedOperation,
  types: Types,
  path = name,
): ProtoMessage {
  if (!isObjectType(type)) throw refusal(`${operation.name} selects from an interface or a union`);
  const inside = new Map<string, ProtoMessage>();
  const fields = fieldsOf(selection, operation).flatMap(({ key, field, selectionSet }): Unnumbered[] => {
    const definition = type.getFields()[field];
    if (!definition) return []; // __typename
    const inner = getNullableType(definition.type);
    const isList = isListType(inner);
    const item = isList ? getNullableType(inner.ofType as GraphQLOutputType) : inner;
    if (isListType(item)) throw refusal(`${operation.name} selects ${key}, a list of lists`);
    const message = pascalCase(key);
    if (isCompositeType(item))
      inside.set(message, selectionOf(item, selectionSet!, message, '', operation, types, `${path}.${message}`));
    const of = isCompositeType(item) ? { message } : leafOf(item as never, types);
    const label = isList ? 'repeated' : isNonNullType(definition.type) ? undefined : 'optional';
    return [{ ...fieldNames(key), doc: definition.description ?? '', type: of, label, isRequired: false }];
  });
  return messageOf(name, doc, fields, [...inside.values()], path, types);
}

interface Selected {
  key: string;
  field: string;
  selectionSet: SelectionSetNode | undefined;
}

function fieldsOf(selection: SelectionSetNode, operation: NamedOperation): Selected[] {
  return selection.selections.flatMap((node): Selected[] => {
    if (node.kind === Kind.FIELD)
      return [{ key: node.alias?.value ?? node.name.value, field: node.name.value, selectionSet: node.selectionSet }];
    if (node.kind === Kind.INLINE_FRAGMENT) return fieldsOf(node.selectionSet, operation);
    const fragment = operation.document.definitions.find(
      (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === node.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? fieldsOf(fragment.selectionSet, operation) : [];
  });
}

function messageOf(
  name: string,
  doc: string,
  fields: readonly Unnumbered[],
  messages: ProtoMessage[],
  path: string,
  { numbers }: Types,
): ProtoMessage {
  const unique = [...new Map(fields.map((field) => [field.name, field])).values()];
  const given = numbers.of(
    path,
    unique.map((field) => field.name),
  );
  return {
    ...{ name, doc, messages, reserved: given.reserved },
    fields: unique.map((field) => ({ ...field, number: given.numbers.get(field.name)! })),
  };
}

function leafOf(type: GraphQLOutputType & GraphQLInputType, { enums, numbers }: Types): ProtoField['type'] {
  const named = getNamedType(type);
  if (isEnumType(named)) {
    if (!enums.has(named.name)) enums.set(named.name, enumOf(named, numbers));
    return { enum: named.name };
  }
  if (named.name === 'JSON') return 'json';
  return { scalar: scalarOf[named.name] ?? 'string' };
}

const scalarOf: Record<string, 'int32' | 'int64' | 'double' | 'bool' | undefined> = {
  Int: 'int32',
  Long: 'int64',
  Float: 'double',
  Boolean: 'bool',
};

function enumOf(type: GraphQLEnumType, numbers: FieldNumbers): ProtoEnum {
  const values = type.getValues();
  const given = numbers.of(
    `${type.name}.Value`,
    values.map(({ name }) => name),
  ).numbers;
  return {
    name: type.name,
    doc: type.description ?? '',
    values: values.map(({ name, description }) => ({ name, number: given.get(name)!, doc: description ?? '' })),
  };
}

const refusal = (what: string) =>
  new StartRefusal(`${what}, which Protobuf cannot say.`, 'Select or take something simpler in that operation.');
