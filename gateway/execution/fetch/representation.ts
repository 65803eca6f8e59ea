import type { FetchDataRewrite, QueryPlanFieldNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import type { Json, JsonObject } from '../answer/path.ts';
import { rewrite } from '../plan/rewrite.ts';
import type { IsOfType } from '../answer/runtimeType.ts';

/** Writes what a subgraph needs to know of an entity, as JSON; undefined when the entity has not all of it. */
export type WriteRepresentation = (entity: JsonObject) => string | undefined;

/** How entities of one type are represented to one fetch. */
export interface Representation {
  write: WriteRepresentation;
  /** Where the values stand that the text is made of, and of nothing else; undefined when it is not that simple. */
  keys?: readonly string[];
}

/** Compiles a fetch's `requires`. A field with an alias is read under its alias and sent under its own name. */
export function compileRepresentation(
  requires: readonly QueryPlanSelectionNode[],
  rewrites: readonly FetchDataRewrite[],
  isOfType: IsOfType,
): (entity: JsonObject) => Representation | undefined {
  const byType = new Map<string, Representation>();
  return (entity) => {
    const typename = entity['__typename'];
    if (typeof typename !== 'string') return undefined;
    let found = byType.get(typename);
    if (found === undefined) byType.set(typename, (found = compileForType(typename, requires, rewrites, isOfType)));
    return found;
  };
}

function compileForType(
  typename: string,
  requires: readonly QueryPlanSelectionNode[],
  rewrites: readonly FetchDataRewrite[],
  isOfType: IsOfType,
): Representation {
  const fitting = requires.filter(
    (node) => node.kind === 'InlineFragment' && node.typeCondition && isOfType(typename, node.typeCondition),
  );
  const [only] = fitting;
  if (only === undefined) return { write: () => undefined };
  const sentType = typenameSetBy(rewrites, typename, isOfType);
  const fields: readonly QueryPlanSelectionNode[] = only.selections!;
  if (fitting.length === 1 && sentType !== undefined && onlyFields(fields)) {
    const write = writeFields(fields, sentType);
    const values = fields.filter(({ name }) => name !== '__typename');
    const isSimple = values.length > 0 && values.every(({ selections }) => !selections);
    return isSimple ? { write, keys: values.map(({ alias, name }) => alias ?? name) } : { write };
  }
  const write: WriteRepresentation = (entity) => {
    const built = build(entity, fitting, isOfType);
    if (!built?.['__typename']) return undefined;
    rewrite(rewrites, built, isOfType);
    return JSON.stringify(built);
  };
  return { write };
}

/** The `__typename` to send when that is all the rewrites change; undefined when they do more. */
function typenameSetBy(
  rewrites: readonly FetchDataRewrite[],
  typename: string,
  isOfType: IsOfType,
): string | undefined {
  let sent = typename;
  for (const { kind, path, ...rest } of rewrites) {
    if (kind !== 'ValueSetter' || path.length !== 2 || path[1] !== '__typename' || !path[0]!.startsWith('... on '))
      return undefined;
    if (isOfType(sent, path[0]!.slice(7))) sent = (rest as { setValueTo: string }).setValueTo;
  }
  return sent;
}

const onlyFields = (selections: readonly QueryPlanSelectionNode[]): selections is readonly QueryPlanFieldNode[] =>
  selections.every((node) => node.kind === 'Field' && (!node.selections || onlyFields(node.selections)));

/** The common case straight to text: fields without fragments. `sentType` replaces the `__typename` of the outermost object. */
function writeFields(selections: readonly QueryPlanFieldNode[], sentType?: string): WriteRepresentation {
  const unique = [...new Map(selections.map((field) => [field.name, field])).values()];
  if (sentType !== undefined && !unique.some(({ name }) => name === '__typename')) return () => undefined;
  const fields = unique.map(({ alias, name, selections: inner }, i) => ({
    key: alias ?? name,
    prefix: `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`,
    fixed: name === '__typename' && sentType !== undefined ? JSON.stringify(sentType) : undefined,
    write: inner && writeFields(inner as readonly QueryPlanFieldNode[]),
  }));
  return (object) => {
    let text = '';
    for (const { key, prefix, fixed, write } of fields) {
      const value = object[key];
      if (value === undefined) return undefined;
      text += prefix + (fixed ?? writeValue(value, write));
    }
    return text + '}';
  };
}

function writeValue(value: Json, write: WriteRepresentation | undefined): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map((element) => writeValue(element, write)).join()}]`;
  // An inner object that lacks something is null to the subgraph, as with Apollo.
  if (write && typeof value === 'object') return write(value) ?? 'null';
  return JSON.stringify(value);
}

/** The general case, by way of an object: fragments inside, which may select one field several times. */
function build(
  source: JsonObject,
  selections: readonly QueryPlanSelectionNode[],
  isOfType: IsOfType,
): JsonObject | null {
  const result: JsonObject = {};
  for (const node of selections)
    if (node.kind === 'Field') {
      const value = source[node.alias ?? node.name];
      if (value === undefined) return null;
      result[node.name] = combine(
        result[node.name],
        node.selections ? buildValue(value, node.selections, isOfType) : value,
      );
    } else if (node.typeCondition && isOfType(source['__typename'], node.typeCondition)) {
      const part = build(source, node.selections, isOfType) ?? {};
      for (const key of Object.keys(part)) result[key] = combine(result[key], part[key]!);
    }
  return result;
}

function buildValue(value: Json, selections: readonly QueryPlanSelectionNode[], isOfType: IsOfType): Json {
  if (Array.isArray(value)) return value.map((element) => buildValue(element, selections, isOfType));
  return typeof value === 'object' && value !== null ? build(value, selections, isOfType) : value;
}

/** Two selections of one field, as one value. */
function combine(first: Json | undefined, second: Json): Json {
  if (typeof first !== 'object' || first === null || typeof second !== 'object' || second === null) return second;
  if (Array.isArray(first) && Array.isArray(second)) return second.map((element, i) => combine(first[i], element));
  const both = { ...first } as JsonObject;
  for (const [key, value] of Object.entries(second)) both[key] = combine(both[key], value!);
  return both;
}
