import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  Kind,
  type SelectionSetNode,
  getArgumentValues,
  getOperationAST,
} from 'graphql';
import type { Operation, SubscriptionPlan } from './execution.ts';

/** The one field at the root of a valid subscription, looked for through fragments. */
export function rootField(
  schema: GraphQLSchema,
  { document, operationName, variables }: Operation,
): SubscriptionPlan['rootField'] {
  const node = firstField(document, getOperationAST(document, operationName)!.selectionSet);
  const name = node.name.value;
  const args = getArgumentValues(schema.getSubscriptionType()!.getFields()[name]!, node, variables);
  return { name, responseKey: node.alias?.value ?? name, args };
}

export function firstField(document: DocumentNode, { selections: [first] }: SelectionSetNode): FieldNode {
  if (first!.kind === Kind.FIELD) return first!;
  if (first!.kind === Kind.INLINE_FRAGMENT) return firstField(document, first!.selectionSet);
  const name = first!.name.value;
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name)
      return firstField(document, definition.selectionSet);
  throw new Error(`The fragment ${name} is not defined.`);
}
