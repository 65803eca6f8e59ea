import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import type { Code } from '../errors.ts';

const mostKept = 1000;

/** Parses and validates a text once: what the gateway subscribes to comes again and again, for every player. */
export function checkedDocuments(schema: GraphQLSchema): (text: string) => DocumentNode | readonly GraphQLError[] {
  const known = new Map<string, DocumentNode | readonly GraphQLError[]>();
  const check = (text: string): DocumentNode | readonly GraphQLError[] => {
    try {
      const document = parse(text);
      const errors = validate(schema, document);
      return errors.length > 0 ? errors.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED')) : document;
    } catch (error) {
      return [error instanceof GraphQLError ? error : new GraphQLError('The document cannot be read.')];
    }
  };
  return (text) => {
    const found = known.get(text) ?? check(text);
    known.set(text, found);
    if (known.size > mostKept) known.delete(known.keys().next().value!);
    return found;
  };
}

/** The same error under a code that clients know. */
export const coded = (error: GraphQLError, code: Code) =>
  new GraphQLError(error.message, { nodes: error.nodes, extensions: { ...error.extensions, code } });
