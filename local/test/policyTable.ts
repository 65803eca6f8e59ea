import { readFileSync } from 'node:fs';
import { Supergraph } from '@apollo/federation-internals';
import { type GraphQLField, type GraphQLObjectType, getNamedType, isLeafType } from 'graphql';
import { parse } from 'yaml';
import { loadSupergraph } from '../../gateway/supergraph/supergraph.ts';

/** What a supergraph has to guard, and what policy files say of it. */

export const roles = ['anonymous', 'player', 'self', 'operator', 'service'] as const;
export type Role = (typeof roles)[number];

/** By type and field, who may. */
export type Policy = Record<string, Record<string, string>>;

/** A switch of the environment may open a line to everyone. */
export const words =
  /^(everyone|signed in( unless [A-Z_]+)?|(player|self|operator|service)(, (player|self|operator|service))*)$/;

export const maySee = (line: string, role: Role): boolean =>
  line === 'everyone' || (line.startsWith('signed in') ? role !== 'anonymous' : line.split(', ').includes(role));

/** Several files as one. Throws when two of them have a line for the same field. */
export function readPolicies(...files: string[]): Policy {
  const merged: Policy = {};
  for (const file of files)
    for (const [type, fields] of Object.entries((parse(readFileSync(file, 'utf8')) ?? {}) as Policy))
      for (const [field, line] of Object.entries(fields)) {
        if (merged[type]?.[field] !== undefined) throw new Error(`${type}.${field} has two lines, one in ${file}`);
        (merged[type] ??= {})[field] = line;
      }
  return merged;
}

/** `Type.field` of each line. */
export const linesOf = (policy: Policy): string[] =>
  Object.entries(policy).flatMap(([type, fields]) => Object.keys(fields).map((field) => `${type}.${field}`));

export function readGraph(file: string) {
  const supergraph = Supergraph.build(loadSupergraph({ file }));
  const schema = supergraph.apiSchema().toGraphQLJSSchema();
  /** By subgraph, the entities that it resolves by their id, with its fields of them. */
  const entities = [...supergraph.subgraphs()].flatMap((subgraph) =>
    subgraph.schema
      .objectTypes()
      .filter((type) => type.appliedDirectivesOf('key').some((key) => key.arguments()['resolvable'] !== false))
      .map((type) => ({ subgraph: subgraph.name, type: type.name, fields: type.fields().map(({ name }) => name) })),
  );
  const roots = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!] as const;
  const guarded = [...roots.map(({ name }) => name), ...new Set(entities.map(({ type }) => type))];
  const fieldsOf = (type: string) => (schema.getType(type) as GraphQLObjectType).getFields();
  return {
    schema,
    roots,
    entities,
    fieldsOf,
    /** `Type.field` of everything that needs a line. */
    guarded: guarded.flatMap((type) => Object.keys(fieldsOf(type)).map((field) => `${type}.${field}`)),
  };
}

export const selection = ({ type }: GraphQLField<unknown, unknown>) =>
  isLeafType(getNamedType(type)) ? '' : '{ __typename }';

/** An operation of one root field with these variables. */
export function operation(kind: string, field: GraphQLField<unknown, unknown>, given: object): string {
  const used = field.args.filter(({ name }) => name in given);
  const declared = used.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const passed = used.map(({ name }) => `${name}: $${name}`).join(', ');
  const inParentheses = (text: string) => (text ? `(${text})` : '');
  return `${kind} ${inParentheses(declared)} { ${field.name} ${inParentheses(passed)} ${selection(field)} }`;
}

/** One entity of a type by its id, with one field. */
export const entityQuery = (type: string, field: GraphQLField<unknown, unknown>): string =>
  `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${field.name} ${selection(field)} } } }`;
