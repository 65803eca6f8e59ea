import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql';

/** Answers whether an object that calls itself `typename` is selected by `... on condition`, in the schema that has every subgraph's types. */
export type IsOfType = (typename: unknown, condition: string) => boolean;

export function isOfTypeIn(schema: GraphQLSchema): IsOfType {
  return (typename, condition) => {
    if (typename === condition) return true;
    const type = typeof typename === 'string' ? schema.getType(typename) : undefined;
    const conditional = schema.getType(condition);
    return (
      (isObjectType(type) || isInterfaceType(type)) &&
      isAbstractType(conditional) &&
      schema.isSubType(conditional, type)
    );
  };
}
