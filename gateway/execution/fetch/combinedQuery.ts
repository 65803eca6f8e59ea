import {
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  parse,
  print,
  stripIgnoredCharacters,
} from 'graphql';
import type { Part } from './batch.ts';

/** The operations of several parts as one, each with its own list of representations. */
export function combinedQuery(parts: readonly Part[]): string {
  const variables = new Map<string, string>();
  const fields = parts.map(({ steps }, number) => {
    const operation = parse(steps[0]!.fetch.operation).definitions[0] as OperationDefinitionNode;
    for (const definition of operation.variableDefinitions ?? [])
      if (definition.variable.name.value !== 'representations')
        variables.set(definition.variable.name.value, print(definition));
    const entities = operation.selectionSet.selections.find((node) => node.kind === Kind.FIELD) as {
      selectionSet: SelectionSetNode;
    };
    return `entities_${number}:_entities(representations:$representations_${number})${print(entities.selectionSet)}`;
  });
  const definitions = [...parts.map((_, number) => `$representations_${number}:[_Any!]!`), ...variables.values()];
  return stripIgnoredCharacters(`query(${definitions.join()}){${fields.join(' ')}}`);
}
