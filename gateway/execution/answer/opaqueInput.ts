import {
  BREAK,
  type DocumentNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  Kind,
  TypeInfo,
  getNamedType,
  isScalarType,
  isSpecifiedScalarType,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/** Whether a value of a custom scalar is written into the document: what such a value may be, only its subgraph knows. */
export function hasOpaqueInput(document: DocumentNode, schema: GraphQLSchema): boolean {
  const info = new TypeInfo(schema);
  let found = false;
  const enter = () => {
    const type = getNamedType(info.getInputType());
    if (!isScalarType(type) || isSpecifiedScalarType(type)) return undefined;
    found = true;
    return BREAK;
  };
  const values = [Kind.INT, Kind.FLOAT, Kind.STRING, Kind.BOOLEAN, Kind.ENUM, Kind.LIST, Kind.OBJECT];
  visit(document, visitWithTypeInfo(info, Object.fromEntries(values.map((kind) => [kind, enter]))));
  return found;
}

/**
 * The gateway has validated the document, so a subgraph that finds it invalid usually complains about what the gateway made of it. Where the
 * document has opaque input the complaint is about that, and the client's to mend.
 */
export function asInputFault(error: GraphQLFormattedError): GraphQLFormattedError {
  if (error.extensions?.['code'] !== 'GRAPHQL_VALIDATION_FAILED') return error;
  const isClear = error.message.startsWith('Expected value of type');
  const message = isClear ? error.message.slice(0, 300) : 'A value is not one that its type takes.';
  return { message, extensions: { code: 'BAD_USER_INPUT' } };
}
