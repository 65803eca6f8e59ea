import { type Schema, isInterfaceType, isUnionType } from '@apollo/federation-internals';

/** Answers whether an object that calls itself `typename` is selected by `... on condition`, in the schema that has every subgraph's types. */
export type IsOfType = (typename: unknown, condition: string) => boolean;

export function isOfTypeIn(schema: Schema): IsOfType {
  const byCondition = new Map<string, Set<unknown>>();
  for (const type of schema.types())
    if (isInterfaceType(type)) byCondition.set(type.name, new Set(type.allImplementations().map(({ name }) => name)));
    else if (isUnionType(type)) byCondition.set(type.name, new Set(type.types().map(({ name }) => name)));
  return (typename, condition) => typename === condition || byCondition.get(condition)?.has(typename) === true;
}
