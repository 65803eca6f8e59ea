import type { DirectiveNode, DocumentNode } from 'graphql';

/** The directives on the types of a schema, and on their fields; `field` is the name of the field that has it. */
export function* directivesIn({
  definitions,
}: DocumentNode): Generator<{ field: string | undefined; directive: DirectiveNode }> {
  for (const definition of definitions) {
    if (!('directives' in definition)) continue;
    for (const directive of definition.directives ?? []) yield { field: undefined, directive };
    if (!('fields' in definition)) continue;
    for (const { name, directives } of definition.fields ?? [])
      for (const directive of directives ?? []) yield { field: name.value, directive };
  }
}
