import { type DocumentNode, type FieldNode, Kind, print, visit } from 'graphql';
import { directivesIn } from '../../../supergraph/directives.ts';
import type { Variables } from './selection.ts';

/** Begins every response key that is ours and not the client's. */
export const internalPrefix = '__questline_';

/** Names that a plain object has already. */
const inherited = Object.getOwnPropertyNames(Object.prototype);

/**
 * The response keys that the planner adds to subgraph queries of its own accord: whatever a key, a `@requires` or a context of the
 * supergraph names. A client's field under such a key would be taken for it.
 */
export function plannersKeys(supergraph: DocumentNode): ReadonlySet<string> {
  const keys = new Set(['__typename']);
  const read = (fieldSet: unknown) => {
    for (const [name] of String(fieldSet).matchAll(/[_A-Za-z]\w*/g)) keys.add(name);
  };
  for (const { directive } of directivesIn(supergraph)) {
    if (!directive.name.value.startsWith('join__')) continue;
    for (const { name, value } of directive.arguments ?? [])
      if (['key', 'requires', 'contextArguments'].includes(name.value)) read(print(value));
  }
  return keys;
}

export interface Renamed {
  document: DocumentNode;
  /** The client's response key of each internal one. */
  clientKeys: ReadonlyMap<string, string>;
  /** The client's variable of each internal one. */
  clientVariables: ReadonlyMap<string, string>;
}

/** Variables that requests to subgraphs have of their own. */
const ourVariables = /^(representations(_\d+)?|contextualArgument_.*)$/;

/**
 * Gives a client's field an internal response key where its own could be mistaken: `id: name` beside the key `id`, `price(in: USD)`
 * beside a required `price`. The answer gets the client's keys back when it is written.
 */
export function renameCollisions(document: DocumentNode, taken: ReadonlySet<string>): Renamed {
  const internal = new Map<string, string>();
  const clientKeys = new Map<string, string>();
  const clientVariables = new Map<string, string>();
  const rename = (field: FieldNode): FieldNode | undefined => {
    const key = field.alias?.value ?? field.name.value;
    const isPlain = key === field.name.value && !field.arguments?.length;
    const collides = inherited.includes(key) || key.startsWith(internalPrefix) || (taken.has(key) && !isPlain);
    if (!collides) return undefined;
    const signature = print({ ...field, alias: undefined, directives: [], selectionSet: undefined });
    const meaning = `${key}:${signature}`;
    const alias = internal.get(meaning) ?? `${internalPrefix}${internal.size}`;
    internal.set(meaning, alias);
    clientKeys.set(alias, key);
    return { ...field, alias: { kind: Kind.NAME, value: alias } };
  };
  const renamed = visit(document, {
    Field: { leave: rename },
    Variable(node) {
      if (!ourVariables.test(node.name.value)) return undefined;
      const name = `${internalPrefix}${node.name.value}`;
      clientVariables.set(name, node.name.value);
      return { ...node, name: { kind: Kind.NAME, value: name } };
    },
  });
  return { document: renamed, clientKeys, clientVariables };
}

/** The client's variables under the names that the planned operation has for them. */
export function withInternalNames(variables: Variables, clientVariables: ReadonlyMap<string, string>): Variables {
  if (clientVariables.size === 0) return variables;
  const result: Record<string, unknown> = { ...variables };
  for (const [internal, name] of clientVariables)
    if (Object.hasOwn(variables, name)) result[internal] = variables[name];
  return result;
}
