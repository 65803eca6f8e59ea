import {
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  parse,
  print,
  stripIgnoredCharacters,
} from 'graphql';
import type { Part } from './batch.ts';

/** The operations of several parts as one, each with its own list of representations, under the name of the first. */
export function combinedQuery(parts: readonly Part[]): { query: string; operationName: string | undefined } {
  const variables = new Map<string, string>();
  const fields = parts.map(({ steps, number }) => {
    const operation = parse(steps[0]!.fetch.operation).definitions[0] as OperationDefinitionNode;
    for (const definition of operation.variableDefinitions ?? [])
      if (definition.variable.name.value !== 'representations')
        variables.set(definition.variable.name.value, print(definition));
    const entities = operation.selectionSet.selections.find((node) => node.kind === Kind.FIELD) as {
      selectionSet: SelectionSetNode;
    };
    return `entities_${number}:_entities(representations:$representations_${number})${print(entities.selectionSet)}`;
  });
  const definitions = [...parts.map(({ number }) => `$representations_${number}:[_Any!]!`), ...variables.values()];
  const { operationName } = parts[0]!.steps[0]!.fetch;
  const query = stripIgnoredCharacters(`query ${operationName ?? ''}(${definitions.join()}){${fields.join(' ')}}`);
  return { query, operationName };
}
