import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { type Code, Refusal } from '../../shared/errors.ts';
import { jsonLevelsAtMost } from '../../shared/nesting.rules.ts';
import type { Estimate } from '../documents/cost.ts';

/** What both doors, HTTP and WebSocket, accept at most. */
export const limits = {
  /**
   * Of one HTTP request or WebSocket message of somebody with a good token: the largest operation that the schema promises to take must fit.
   * That is 500 events of 8 KiB, each with 1 KiB for its other fields, and 500 KiB for the rest; 1 MiB of YAML is less, even as JSON.
   */
  bodyBytes: 500 * 9 * 1024 + 500 * 1024,
  messageBytes: 500 * 9 * 1024 + 500 * 1024,
  /** Of one HTTP request of somebody without. */
  strangerBytes: 100 * 1024,
  /** All that a WebSocket may send before it has shown a token. */
  initBytes: 16 * 1024,
  /** Of one WebSocket message. Each costs memory beside its bytes, and clients cut messages rarely, into large pieces. */
  messageFragments: 128,
  /** Requests and messages that have not come whole yet. */
  unread: { requestsPerAddress: 256, bytesPerAddress: 32 * 1024 * 1024, bytes: 256 * 1024 * 1024 },
  /** Levels of lists and maps in a value. */
  jsonDepth: jsonLevelsAtMost,
  characters: 15_000,
  tokens: 1000,
  /** Levels of fields; introspection, where it is on, has its own depth and is not counted. */
  depth: 8,
  aliases: 100,
  /** `__typename` costs nothing and is not counted. */
  rootFields: 20,
  directives: 50,
  /** Fragments that an operation defers, those inside of others as often as they are spread. */
  deferred: 20,
  /** Of one document: whether fields can be merged is asked of each pair of fragments that are spread side by side. */
  fragments: 40,
  /** Fields in all, those of fragments as often as they are spread. */
  height: 250,
  /** The same count from which on a document is no query but an attack by fragments that multiply each other. */
  complexity: 10_000,
  /** By @cost and @listSize: see cost.ts. */
  cost: 1000,
  /** Entries of one page of a list. */
  page: 100,
  /** Sockets and event streams together. */
  connectionsPerUser: 5,
  connectionsPerAddress: 1000,
  /** Sockets of one address that have not shown a token yet. */
  strangersPerAddress: 100,
  subscriptionsPerSocket: 20,
  /** Of a socket; a hundred more may come at once. */
  messagesPerMinute: 100,
  /** Events that wait for one subscriber. */
  queue: { items: 256, bytes: 1024 * 1024, stallMs: 30_000 },
} as const;

/** The same with other numbers. */
export type Limits = Widened<typeof limits>;
type Widened<T> = { readonly [Name in keyof T]: T[Name] extends number ? number : Widened<T[Name]> };

const refusal = (code: Code, what: string, limit: number) =>
  new Refusal(code, `${what}; at most ${limit} are allowed.`);

/** The error of `parse`, under the code that tells a document too long from one that is wrong. */
export function parsingRefusal(error: GraphQLError, atMost: Limits = limits): GraphQLError {
  if (/contains more tha[nt] \d+ tokens/.test(error.message)) return tooLong(atMost);
  return new GraphQLError(error.message, {
    source: error.source,
    positions: error.positions,
    extensions: { code: 'GRAPHQL_PARSE_FAILED' },
  });
}

export const tooLong = ({ tokens, characters }: Limits = limits) =>
  new Refusal(
    'MAX_TOKENS_LIMIT',
    `The document is too long: at most ${tokens} tokens and ${characters} characters are allowed.`,
  );

/** The limit that an operation passes with the variables that it came with, or undefined. Nothing is asked of a subgraph before this. */
export function beyondEstimate(
  { cost, longestPage, shortestPage, unsized }: Estimate,
  costLimit: number = limits.cost,
  { page }: Limits = limits,
): Refusal | undefined {
  if (unsized !== undefined) return new Refusal('BAD_USER_INPUT', unsized);
  if (longestPage > page || shortestPage < 0)
    return new Refusal('BAD_USER_INPUT', `A page of a list has 1 to ${page} entries.`);
  if (cost > costLimit)
    return refusal('COST_ESTIMATED_TOO_EXPENSIVE', `The operation is estimated to cost ${cost}`, costLimit);
  return undefined;
}

interface Size {
  fields: number;
  depth: number;
  aliases: number;
  directives: number;
  deferred: number;
  rootFields: number;
}

/**
 * The first limit that the document passes, or undefined. Fragments count as often as they are spread; each is looked at once, so this is
 * done before validation, whose time such fragments can multiply.
 */
export function excess(document: DocumentNode, atMost: Limits = limits): Refusal | undefined {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  if (fragments.length > atMost.fragments)
    return refusal('QUERY_TOO_COMPLEX', 'The document has too many fragments', atMost.fragments);
  const sizeOf = measure(document);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const size = sizeOf(definition.selectionSet);
    size.directives += directivesOf(definition);
    if (size.fields > atMost.complexity)
      return refusal(
        'QUERY_TOO_COMPLEX',
        'The fragments of the operation unfold to too many fields',
        atMost.complexity,
      );
    if (size.rootFields > atMost.rootFields)
      return refusal('MAX_ROOT_FIELDS_LIMIT', 'The operation has too many fields at its root', atMost.rootFields);
    if (size.depth > atMost.depth)
      return refusal('MAX_DEPTH_LIMIT', 'The operation is nested too deeply', atMost.depth);
    if (size.aliases > atMost.aliases)
      return refusal('MAX_ALIASES_LIMIT', 'The operation has too many aliases', atMost.aliases);
    if (size.directives > atMost.directives)
      return refusal('MAX_DIRECTIVES_LIMIT', 'The operation has too many directives', atMost.directives);
    if (size.deferred > atMost.deferred)
      return refusal('MAX_DIRECTIVES_LIMIT', 'The operation defers too many fragments', atMost.deferred);
    if (size.deferred > 0 && definition.operation === 'subscription')
      return new Refusal('GRAPHQL_VALIDATION_FAILED', '@defer is not served in subscriptions: each event comes whole.');
    if (size.fields > atMost.height)
      return refusal('MAX_HEIGHT_LIMIT', 'The operation has too many fields', atMost.height);
  }
  return undefined;
}

const directivesOf = ({ directives = [], variableDefinitions = [] }: OperationDefinitionNode) =>
  directives.length + variableDefinitions.reduce((sum, each) => sum + (each.directives?.length ?? 0), 0);

function measure(document: DocumentNode): (set: SelectionSetNode) => Size {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const measured = new Map<string, Size>();
  const none: Size = { fields: 0, depth: 0, aliases: 0, directives: 0, deferred: 0, rootFields: 0 };

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
      total.deferred += selection.directives?.filter(({ name }) => name.value === 'defer').length ?? 0;
      if (selection.kind === Kind.FIELD) {
        const introspects = selection.name.value.startsWith('__');
        const inner = selection.selectionSet && !introspects ? sizeOf(selection.selectionSet) : none;
        total.fields += 1 + inner.fields;
        total.rootFields += selection.name.value === '__typename' ? 0 : 1;
        total.aliases += inner.aliases + (selection.alias ? 1 : 0);
        total.directives += inner.directives;
        total.deferred += inner.deferred;
        total.depth = Math.max(total.depth, 1 + inner.depth);
      } else {
        const inner =
          selection.kind === Kind.FRAGMENT_SPREAD
            ? sizeOfFragment(selection.name.value)
            : sizeOf(selection.selectionSet);
        total.fields += inner.fields;
        total.rootFields += inner.rootFields;
        total.aliases += inner.aliases;
        total.directives += inner.directives;
        total.deferred += inner.deferred;
        total.depth = Math.max(total.depth, inner.depth);
      }
    }
    return total;
  };
  return sizeOf;
}
