import {
  BREAK,
  type DocumentNode,
  type GraphQLFormattedError,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  Kind,
  TypeInfo,
  getNamedType,
  isInputObjectType,
  isNullableType,
  isScalarType,
  isSpecifiedScalarType,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * Whether the document has a value that only a subgraph can check: one of a custom scalar, or of an input type that may be `@oneOf`, which
 * composition by others leaves out of the supergraph.
 */
export function hasOpaqueInput(document: DocumentNode, schema: GraphQLSchema): boolean {
  const info = new TypeInfo(schema);
  let found = false;
  const enter = () => {
    const type = getNamedType(info.getInputType());
    if (isInputObjectType(type) ? !mayBeOneOf(type) : !isScalarType(type) || isSpecifiedScalarType(type))
      return undefined;
    found = true;
    return BREAK;
  };
  const values = [Kind.INT, Kind.FLOAT, Kind.STRING, Kind.BOOLEAN, Kind.ENUM, Kind.LIST, Kind.OBJECT];
  visit(document, visitWithTypeInfo(info, Object.fromEntries(values.map((kind) => [kind, enter]))));
  return found;
}

const mayBeOneOf = (type: GraphQLInputObjectType): boolean =>
  !type.isOneOf && Object.values(type.getFields()).every((field) => isNullableType(field.type));

/**
 * The gateway has validated the document, so a subgraph that finds it invalid usually complains about what the gateway made of it. Where the
 * document has opaque input the complaint is about that, and the client's to mend.
 */
export function asInputFault(error: GraphQLFormattedError): GraphQLFormattedError {
  if (error.extensions?.['code'] !== 'GRAPHQL_VALIDATION_FAILED') return error;
  const isClear = /^(Expected value of type|OneOf Input Object)/.test(error.message);
  const message = isClear ? error.message.slice(0, 300) : 'A value is not one that its type takes.';
  return { message, extensions: { code: 'BAD_USER_INPUT' } };
}
