import { type DocumentNode, type FieldNode, type GraphQLSchema, Kind, executeSync } from 'graphql';
import type { Plan } from '../plan/planner.ts';
import type { Variables } from '../plan/operation/selection.ts';

/** Answers a `__schema` or `__type` field from the schema that clients see, as JSON text. */
export function introspection(
  schema: GraphQLSchema,
  plan: Plan,
  nodes: readonly FieldNode[],
): (variables: Variables) => string {
  const { document, operation, clientKeys } = plan;
  const asked: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [
      { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections: nodes } },
      ...document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION),
    ],
  };
  const key = nodes[0]!.alias?.value ?? nodes[0]!.name.value;
  const answer = (variables: Variables): string => {
    const { data, errors } = executeSync({ schema, document: asked, variableValues: variables });
    if (errors) throw errors[0]!;
    let text = JSON.stringify(data?.[key] ?? null);
    for (const [internal, client] of clientKeys) text = text.replaceAll(`"${internal}":`, `"${client}":`);
    return text;
  };
  if (operation.variableDefinitions?.length) return answer;
  let text: string | undefined;
  return () => (text ??= answer({}));
}
