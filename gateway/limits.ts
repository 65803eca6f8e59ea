import { type DocumentNode, type FragmentDefinitionNode, GraphQLError, Kind, type SelectionSetNode } from 'graphql';
import { type Code, Refusal } from '../subgraphs/shared/errors.ts';

/** What both doors, HTTP and WebSocket, accept at most. */
export const limits = {
  /** Of one HTTP request. */
  bodyBytes: 100 * 1024,
  /** Of one WebSocket message. */
  messageBytes: 64 * 1024,
  characters: 15_000,
  tokens: 1000,
  /** Levels of fields; introspection, where it is on, has its own depth and is not counted. */
  depth: 12,
  aliases: 100,
  rootFields: 20,
  directives: 50,
} as const;

const refusal = (code: Code, what: string, limit: number) =>
  new Refusal(code, `${what}; at most ${limit} are allowed.`);

/** The error of `parse`, under the code that tells a document too long from one that is wrong. */
export function parsingRefusal(error: GraphQLError): GraphQLError {
  if (/contains more tha[nt] \d+ tokens/.test(error.message)) return tooLong();
  return new GraphQLError(error.message, {
    source: error.source,
    positions: error.positions,
    extensions: { code: 'GRAPHQL_PARSE_FAILED' },
  });
}

export const tooLong = () =>
  new Refusal(
    'MAX_TOKENS_LIMIT',
    `The document is too long: at most ${limits.tokens} tokens and ${limits.characters} characters are allowed.`,
  );

interface Size {
  depth: number;
  aliases: number;
  directives: number;
  rootFields: number;
}

/** The first limit that the document passes, or undefined. Fragments count as often as they are spread; each is looked at once. */
export function excess(document: DocumentNode): Refusal | undefined {
  const sizeOf = measure(document);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const size = sizeOf(definition.selectionSet);
    if (size.rootFields > limits.rootFields)
      return refusal('MAX_ROOT_FIELDS_LIMIT', 'The operation has too many fields at its root', limits.rootFields);
    if (size.depth > limits.depth)
      return refusal('MAX_DEPTH_LIMIT', 'The operation is nested too deeply', limits.depth);
    if (size.aliases > limits.aliases)
      return refusal('MAX_ALIASES_LIMIT', 'The operation has too many aliases', limits.aliases);
    if (size.directives > limits.directives)
      return refusal('MAX_DIRECTIVES_LIMIT', 'The operation has too many directives', limits.directives);
  }
  return undefined;
}

function measure(document: DocumentNode): (set: SelectionSetNode) => Size {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const measured = new Map<string, Size>();
  const none: Size = { depth: 0, aliases: 0, directives: 0, rootFields: 0 };

  const sizeOfFragment = (name: string): Size => {
    const known = measured.get(name);
    if (known) return known;
    measured.set(name, none); // a fragment that spreads itself is for validation to refuse
    const fragment = fragments.get(name);
    const size = fragment ? sizeOf(fragment.selectionSet) : none;
    measured.set(name, size);
    return size;
  };
  const sizeOf = ({ selections }: SelectionSetNode): Size => {
    const total = { ...none };
    for (const selection of selections) {
      total.directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FIELD) {
        const introspects = selection.name.value.startsWith('__');
        const inner = selection.selectionSet && !introspects ? sizeOf(selection.selectionSet) : none;
        total.rootFields += 1;
        total.aliases += inner.aliases + (selection.alias ? 1 : 0);
        total.directives += inner.directives;
        total.depth = Math.max(total.depth, 1 + inner.depth);
      } else {
        const inner =
          selection.kind === Kind.FRAGMENT_SPREAD
            ? sizeOfFragment(selection.name.value)
            : sizeOf(selection.selectionSet);
        total.rootFields += inner.rootFields;
        total.aliases += inner.aliases;
        total.directives += inner.directives;
        total.depth = Math.max(total.depth, inner.depth);
      }
    }
    return total;
  };
  return sizeOf;
}
