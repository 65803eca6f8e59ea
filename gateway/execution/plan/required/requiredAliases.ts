import { type SelectionSet, federationMetadata } from '@apollo/federation-internals';
import type { QueryPlanner } from '@apollo/query-planner';
import { internalPrefix } from '../operation/names.ts';

/** Under which response key each field is fetched that a `@requires` names, by its dotted path of names. */
export type Requirement = ReadonlyMap<string, string>;
/** What the fields of the subgraphs require. Key: `subgraph Type.field`. */
export type Requirements = ReadonlyMap<string, Requirement>;

export interface Separated {
  requirements: Requirements;
  /** The field's own name of each internal response key, for the paths of errors. */
  names: ReadonlyMap<string, string>;
}

/** The part of the planner's graph that is changed here. It is not in the planner's types, and the shape is that of 2.14.4. */
interface Graph {
  vertices: readonly unknown[];
  outEdges(vertex: unknown): readonly Edge[];
  sources: ReadonlyMap<string, Parameters<typeof federationMetadata>[0]>;
}
interface Edge {
  head: { source: string; type: { name: string } };
  transition: { kind: string; definition?: { name: string } };
  _conditions?: SelectionSet;
}
const graphOf = (planner: QueryPlanner) => (planner as unknown as { federatedQueryGraph: Graph }).federatedQueryGraph;

/**
 * Lets every `@requires` that gives arguments fetch its field under a key of its own. Without it the planner fetches one `price` for
 * `price(in: EUR)`, `price(in: USD)` and whatever the client asks, and the subgraphs get each other's.
 */
export function aliasRequiredFields(planner: QueryPlanner): Separated {
  const aliases = new Map<string, string>();
  const requirements = new Map<string, Requirement>();
  const graph = graphOf(planner);
  for (const vertex of graph.vertices)
    for (const edge of graph.outEdges(vertex)) {
      const { head, transition, _conditions: conditions } = edge;
      if (transition.kind !== 'FieldCollection' || !conditions) continue;
      const keys = new Map<string, string>();
      edge._conditions = withAliases(conditions, '', aliases, keys);
      requirements.set(`${head.source} ${head.type.name}.${transition.definition!.name}`, keys);
    }
  const names = new Map([...aliases].map(([signature, alias]) => [alias, signature.slice(0, signature.indexOf('('))]));
  return { requirements, names };
}

function withAliases(
  selectionSet: SelectionSet,
  at: string,
  aliases: Map<string, string>,
  keys: Map<string, string>,
): SelectionSet {
  return selectionSet.lazyMap((selection) => {
    if (selection.kind !== 'FieldSelection')
      return selection.withUpdatedSelectionSet(withAliases(selection.selectionSet, at, aliases, keys));
    const field = selection.element;
    const path = at === '' ? field.name : `${at}.${field.name}`;
    const inner = selection.selectionSet && withAliases(selection.selectionSet, path, aliases, keys);
    const takesArguments = field.args && Object.keys(field.args).length > 0;
    const signature = field.toString();
    const key = takesArguments ? (aliases.get(signature) ?? `${internalPrefix}required_${aliases.size}`) : field.name;
    if (takesArguments) aliases.set(signature, key);
    keys.set(path, key);
    return selection.withUpdatedComponents(takesArguments ? field.withUpdatedAlias(key) : field, inner);
  });
}

/**
 * Removes the keys marked `resolvable: false` of types that have a resolvable one, once the planner's graph is built: when it enters a
 * subgraph a second time for a `@requires`, it would else send whatever key is first. A type without a resolvable key keeps its keys, or the
 * planner would no longer take it for an entity.
 */
export function forgetUnresolvableKeys(planner: QueryPlanner): void {
  for (const schema of graphOf(planner).sources.values()) {
    const metadata = federationMetadata(schema);
    if (!metadata) continue;
    // Which fields are external depends on the keys too and is worked out when first asked: ask before they are gone.
    (metadata as unknown as { externalTester(): unknown }).externalTester();
    const keys = [...metadata.keyDirective().applications()];
    const isResolvable = (key: (typeof keys)[number]) => key.arguments().resolvable !== false;
    const resolvable = new Set(keys.filter(isResolvable).map(({ parent }) => parent));
    for (const key of keys) if (!isResolvable(key) && resolvable.has(key.parent)) key.remove();
  }
}
