import {
  type ConstDirectiveNode,
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  parse,
  valueFromASTUntyped,
  visit,
} from 'graphql';

/** An argument that takes its value from an object around the entity. */
export interface Contextual {
  argument: string;
  context: string;
  selection: SelectionSetNode;
}

/** What the directives of a subgraph's schema say, by `Type.field` where it is about a field. */
export interface Directives {
  /** The names at the top of each type's keys. */
  keys: Map<string, Set<string>>;
  requires: Map<string, SelectionSetNode>;
  external: Set<string>;
  contextual: Map<string, Contextual[]>;
  /** The types that set each context. */
  contexts: Map<string, Set<string>>;
}

type Directed = { name: { value: string }; directives?: readonly ConstDirectiveNode[] };

export function readDirectives(typeDefs: DocumentNode): Directives {
  const found: Directives = {
    keys: new Map(),
    requires: new Map(),
    external: new Set(),
    contextual: new Map(),
    contexts: new Map(),
  };
  const ofType = (node: Directed & { fields?: readonly (Directed & { arguments?: readonly Directed[] })[] }) => {
    const type = node.name.value;
    for (const { fields } of applied(node, 'key'))
      for (const selection of fieldSet(fields!).selections)
        if (selection.kind === Kind.FIELD)
          found.keys.set(type, (found.keys.get(type) ?? new Set()).add(selection.name.value));
    for (const { name } of applied(node, 'context'))
      found.contexts.set(name!, (found.contexts.get(name!) ?? new Set()).add(type));
    for (const field of node.fields ?? []) {
      const place = `${type}.${field.name.value}`;
      for (const { fields } of applied(field, 'requires')) found.requires.set(place, fieldSet(fields!));
      if (applied(field, 'external').length > 0) found.external.add(place);
      const contextual = (field.arguments ?? []).flatMap((argument) =>
        applied(argument, 'fromContext').map(({ field: given }): Contextual => {
          const [, context, selection] = /^\s*\$(\w+)\s*(.*)$/s.exec(given!)!;
          const text = selection!.startsWith('{') ? selection!.slice(1, selection!.lastIndexOf('}')) : selection!;
          return { argument: argument.name.value, context: context!, selection: fieldSet(text) };
        }),
      );
      if (contextual.length > 0) found.contextual.set(place, contextual);
    }
  };
  visit(typeDefs, { ObjectTypeDefinition: ofType, InterfaceTypeDefinition: ofType, ObjectTypeExtension: ofType });
  return found;
}

const fieldSet = (text: string): SelectionSetNode =>
  (parse(`{${text}}`).definitions[0] as OperationDefinitionNode).selectionSet;

const applied = ({ directives }: Directed, name: string): Record<string, string | undefined>[] =>
  (directives ?? [])
    .filter((directive) => directive.name.value === name)
    .map(({ arguments: given }) =>
      Object.fromEntries((given ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value) as string])),
    );
