import { Supergraph } from '@apollo/federation-internals';
import {
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  typeFromAST,
} from 'graphql';
import { byName } from '../../../local/test/operationDoors.ts';
import { loadSupergraph } from '../../supergraph/supergraph.ts';

export interface StringRow {
  name: string;
  document: string;
  variables: Record<string, unknown>;
  /** The same variables with the text in the one place that the row is about. */
  where(variables: Record<string, unknown>, text: string): Record<string, unknown>;
}

const schema = Supergraph.build(loadSupergraph({ file: 'supergraph.yaml' }))
  .apiSchema()
  .toGraphQLJSSchema();
const texts: readonly string[] = ['String', 'ID'];

/** A value that the type takes. */
function sample(type: GraphQLInputType): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [sample(nullable.ofType as GraphQLInputType)];
  const named = getNamedType(nullable);
  if (isInputObjectType(named))
    return Object.fromEntries(
      Object.values(named.getFields())
        .filter((field) => isNonNullType(field.type))
        .map((field) => [field.name, sample(field.type)]),
    );
  if (isEnumType(named)) return named.getValues()[0]!.name;
  const samples: Record<string, unknown> = { Int: 1, Float: 1, Boolean: true, DateTime: new Date().toISOString() };
  return samples[named.name] ?? 'sample';
}

/** Every way from a value to a text in it. */
function pathsTo(type: GraphQLInputType, names: readonly string[]): (string | number)[][] {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return pathsTo(nullable.ofType as GraphQLInputType, names).map((path) => [0, ...path]);
  const named = getNamedType(nullable);
  if (isInputObjectType(named))
    return Object.values(named.getFields()).flatMap((field) =>
      pathsTo(field.type, names).map((path) => [field.name, ...path]),
    );
  return names.includes(named.name) ? [[]] : [];
}

function put(value: unknown, [key, ...rest]: (string | number)[], text: string): unknown {
  if (key === undefined) return text;
  const holder = (value ?? (typeof key === 'number' ? [] : {})) as Record<string | number, unknown>;
  holder[key] = put(holder[key], rest, text);
  return holder;
}

/** SECURITY.md 4.3: a row per text that a client can send, made from the schema, so that a new argument is tried without anybody thinking of it. */
export const stringRows: StringRow[] = [schema.getQueryType()!, schema.getMutationType()!].flatMap((root) =>
  Object.values(root.getFields()).flatMap((field) => {
    const required = field.args.filter(({ type }) => isNonNullType(type));
    return field.args.flatMap((argument) =>
      pathsTo(argument.type, [...texts, 'JSON']).map((path): StringRow => {
        const used = [...new Set([...required, argument])];
        const declared = used.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
        const passed = used.map(({ name }) => `${name}: $${name}`).join(', ');
        const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
        return {
          name: [root.name, field.name, argument.name, ...path].join('.'),
          document: `${root.name.toLowerCase()} (${declared}) { ${field.name}(${passed}) ${selection} }`,
          variables: Object.fromEntries(used.map(({ name, type }) => [name, sample(type)])),
          where: (variables, text) => ({ ...variables, [argument.name]: put(variables[argument.name], path, text) }),
        };
      }),
    );
  }),
);

export interface OperationRow extends Omit<StringRow, 'document'> {
  /** The named operation. */
  call: string;
}

/** Those that hash passwords are tried by the rows of the graph; each try takes as long as a sign-in. */
const slow = ['accessToken', 'signIn', 'signUp', 'changePassword', 'upgradeGuest'];

/** The same of the variables that named operations take. */
export const operationRows: OperationRow[] = [...byName.values()]
  .filter(({ name, definition }) => definition.operation !== 'subscription' && !slow.includes(name))
  .flatMap(({ name: call, definition }) => {
    const declared = (definition.variableDefinitions ?? []).map(({ variable, type, defaultValue }) => {
      const found = typeFromAST(schema, type as never) as GraphQLInputType;
      return { name: variable.name.value, type: found, isRequired: isNonNullType(found) && defaultValue === undefined };
    });
    const required = declared.filter(({ isRequired }) => isRequired).map(({ name, type }) => [name, sample(type)]);
    return declared.flatMap(({ name, type }) =>
      pathsTo(type, texts).map((path) => ({
        ...{ name: [call, name, ...path].join('.'), call },
        variables: Object.fromEntries([...required, [name, sample(type)]]) as Record<string, unknown>,
        where: (variables: Record<string, unknown>, text: string) => ({
          ...variables,
          [name]: put(variables[name], path, text),
        }),
      })),
    );
  });
