import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type TypeNode,
  type VariableDefinitionNode,
  parse,
  parseType,
  print,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import type { SubgraphAnswer, SubscriptionPlan } from '../../execution/execution.ts';
import { LruCache } from '../../../shared/lruCache.ts';
import type { StreamTerms } from '../../supergraph/terms.ts';

/** A stream of a subgraph that can be opened at any of its events. */
export interface Resumable {
  query: string;
  /** The variables for a stream after this cursor; from now on without one. */
  variablesAfter(cursor: string | undefined): Record<string, unknown>;
}

/** Names that no client's document and no plan uses. */
const names = { variable: 'questline_after', cursor: 'questline_cursor' };

const known = new LruCache<{ query: string; variables: readonly string[] }>(1000);

/**
 * Rewrites the subscription that a plan sends: the cursor argument becomes a variable of ours, and the event's cursor is asked for under an
 * alias of ours, whether or not the client selects it.
 */
export function resumable(plan: SubscriptionPlan, { after, cursor }: StreamTerms, schema: GraphQLSchema): Resumable {
  const field = schema.getSubscriptionType()!.getFields()[plan.rootField.name]!;
  const type = field.args.find(({ name }) => name === after)?.type;
  if (!type) throw new Error(`the field ${field.name} has no argument "${after}"`);
  const { query, variables } = known.get(`${after} ${cursor} ${String(type)} ${plan.query}`, () =>
    rewrite(parse(plan.query), after!, cursor!, parseType(String(type))),
  );
  const given = Object.fromEntries(Object.entries(plan.variables).filter(([name]) => variables.includes(name)));
  return {
    query,
    variablesAfter: (position) => (position === undefined ? given : { ...given, [names.variable]: position }),
  };
}

/** Takes the cursor out of an event, which then is as the plan expects it. */
export function takeCursor({ data }: SubgraphAnswer, { rootField }: SubscriptionPlan): string | undefined {
  const root = data?.[rootField.responseKey] as Record<string, unknown> | null | undefined;
  if (typeof root !== 'object' || root === null) return undefined;
  const cursor = root[names.cursor];
  delete root[names.cursor];
  return typeof cursor === 'string' ? cursor : undefined;
}

function rewrite(document: DocumentNode, after: string, cursor: string, type: TypeNode) {
  const name = (value: string) => ({ kind: Kind.NAME, value }) as const;
  const variable = { kind: Kind.VARIABLE, name: name(names.variable) } as const;
  let depth = 0;
  const asked = visit(document, {
    Field: {
      enter(node) {
        if (depth++ > 0) return undefined;
        return {
          ...node,
          arguments: [
            ...(node.arguments ?? []).filter((argument) => argument.name.value !== after),
            { kind: Kind.ARGUMENT, name: name(after), value: variable },
          ],
          selectionSet: {
            kind: Kind.SELECTION_SET,
            selections: [
              ...(node.selectionSet?.selections ?? []),
              { kind: Kind.FIELD, name: name(cursor), alias: name(names.cursor) },
            ],
          },
        };
      },
      leave: () => void depth--,
    },
  });
  const used = new Set<string>();
  visit(asked, { VariableDefinition: () => false, Variable: ({ name: { value } }) => void used.add(value) });
  const definitions = asked.definitions.map((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return definition;
    const variableDefinitions: VariableDefinitionNode[] = [
      ...(definition.variableDefinitions ?? []).filter((each) => used.has(each.variable.name.value)),
      { kind: Kind.VARIABLE_DEFINITION, variable, type },
    ];
    return { ...definition, variableDefinitions } satisfies OperationDefinitionNode;
  });
  used.delete(names.variable);
  return { query: stripIgnoredCharacters(print({ ...asked, definitions })), variables: [...used] };
}
