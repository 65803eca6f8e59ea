import {
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  isInputObjectType,
  parse,
  print,
} from 'graphql';

const name = 'oneOf';
const definition = parse('directive @oneOf on INPUT_OBJECT').definitions[0]!;

/** The input types of a schema that are marked `@oneOf`. */
export const oneOfTypes = ({ definitions }: DocumentNode): string[] =>
  definitions.flatMap((each) =>
    (each.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION || each.kind === Kind.INPUT_OBJECT_TYPE_EXTENSION) &&
    each.directives?.some((directive) => directive.name.value === name)
      ? [each.name.value]
      : [],
  );

/** Composition takes `@oneOf` for an unknown directive unless the schema itself defines it. */
export function withOneOfDefined(schema: DocumentNode): DocumentNode {
  const isDefined = schema.definitions.some(isDefinition);
  return isDefined || oneOfTypes(schema).length === 0
    ? schema
    : { ...schema, definitions: [definition, ...schema.definitions] };
}

/** The composed schema with the marks that composition leaves out: what is `@oneOf` in one subgraph is `@oneOf` for all. */
export function withOneOf(supergraphSdl: string, types: readonly string[]): string {
  if (types.length === 0) return supergraphSdl;
  const document = parse(supergraphSdl);
  const unmarked = new Set(types);
  for (const marked of oneOfTypes(document)) unmarked.delete(marked);
  const mark = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: name } } as const;
  const definitions = document.definitions.map((each): DefinitionNode =>
    each.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION && unmarked.has(each.name.value)
      ? { ...each, directives: [...(each.directives ?? []), mark] }
      : each,
  );
  return print({
    ...document,
    definitions: definitions.some(isDefinition) ? definitions : [definition, ...definitions],
  });
}

/** Lets a schema that was made from a supergraph check its `@oneOf` types, which Apollo's libraries do not know. */
export function markOneOf(schema: GraphQLSchema, supergraph: DocumentNode): void {
  for (const marked of oneOfTypes(supergraph)) {
    const type = schema.getType(marked);
    if (isInputObjectType(type)) type.isOneOf = true;
  }
}

const isDefinition = (each: DefinitionNode) => each.kind === Kind.DIRECTIVE_DEFINITION && each.name.value === name;
