import { encodings } from '../doors/encodings.ts';
import { fieldName, headerName, reserved, webAddresses } from './forms.ts';
import { type Kind, choice, flag, formed, list, named, secret, text, whole } from './kinds.ts';
import { type Settings, type Values, group, isSection, optional, required, section, setting } from './section.ts';

const milliseconds = whole(1, 999_999);
const file = text;

export const breakerSettings = section({
  failures: setting(
    whole(0, 1000),
    0,
    'after so many requests in a row without an answer a subgraph is not asked for a while; 0: never',
  ),
  pauseMs: setting(milliseconds, 5000, 'how long it is not asked then; after that one request tries'),
});

export const tlsSettings = section({
  ca: optional(file, 'a PEM file of authorities to trust instead of the system’s'),
  certificate: optional(file, 'a PEM file that the gateway shows'),
  key: optional(file, 'the PEM file of its private key'),
});

export const upstreamSettings = section({
  protocol: setting(
    choice('websocket', 'sse', 'callback'),
    'websocket',
    'how subscriptions are asked for: graphql-transport-ws, graphql-sse, or the HTTP callback protocol',
  ),
  url: optional(
    formed('an address like ws://host/graphql', '^(wss?|https?)://[^\\s]+$', (url) => URL.canParse(url)),
    'where, unless at the address of queries',
  ),
  connectionParams: setting(named(secret(1)), {}, 'what is sent in `connection_init` beside the gateway’s secret'),
  openMs: setting(milliseconds, 10_000, 'how long a subscription may wait for a subgraph that cannot be reached'),
});

/** What holds for every subgraph unless its own entry says otherwise. */
export const everySubgraph = section({
  timeoutMs: setting(milliseconds, 2000, 'how long a subgraph may take for a whole answer', 'SUBGRAPH_TIMEOUT_MS'),
  answerBytes: setting(whole(1024, 1024 * 1024 * 1024), 10 * 1024 * 1024, 'the largest answer that is read'),
  encodings: setting(
    list(choice(...encodings)),
    [],
    'how a subgraph may compress its answers: sent to it as `Accept-Encoding`',
  ),
  retries: setting(whole(0, 10), 0, 'further attempts of a query when a subgraph cannot be reached or answers 5xx'),
  circuitBreaker: group(breakerSettings, 'rest for a subgraph that does not answer'),
  connections: setting(whole(1, 10_000), 64, 'connections that are kept, to each of its addresses'),
  queue: setting(whole(0, 1_000_000), 1000, 'requests that wait for a connection; more are refused at once'),
  tls: group(tlsSettings, 'certificates'),
  subscriptions: group(upstreamSettings, 'subscriptions to this subgraph'),
  cached: setting(flag, true, 'whether its answers are kept, where `cache` keeps any'),
  errorCodes: setting(
    list(formed('a code like OUT_OF_STOCK', '^[A-Z][A-Z0-9_]{1,63}$')),
    [],
    'codes of errors that clients may read, beside those of the gateway',
  ),
  errorDetails: setting(
    list(formed('a name like remaining', '^[_A-Za-z]\\w{0,63}$')),
    [],
    'members of `extensions` of errors that clients may read, beside those of the gateway',
  ),
});

/** The same settings, each absent unless the entry has it. */
function sparse<S extends Settings>(settings: S): { [Name in keyof S]: ReturnType<typeof optional<unknown>> } {
  const entries = Object.entries(settings).map(([name, { kind, meaning }]) => {
    const inner = isSection(kind) ? section(sparse(kind.settings)) : kind;
    return [name, optional(inner, meaning)] as const;
  });
  return Object.fromEntries(entries) as never;
}

export type SubgraphSettings = Values<(typeof everySubgraph)['settings']>;
type Sparse<T> = {
  readonly [Name in keyof T]?:
    (T[Name] extends Readonly<Record<string, unknown>> ? Sparse<T[Name]> : T[Name]) | undefined;
};

export type OneSubgraph = { readonly url?: string | undefined } & Sparse<SubgraphSettings>;
export const oneSubgraph = section({
  url: optional(
    webAddresses,
    'where it is, unless where the supergraph says, with commas between several addresses; ROUTING_URL_NAME stands over it',
  ),
  ...sparse(everySubgraph.settings),
}) as unknown as Kind<OneSubgraph>;

const onlyFor = optional(list(text), 'the subgraphs that the rule is for; absent: all');
const rule = {
  propagate: optional(headerName, 'the header goes on as it came'),
  insert: optional(headerName, 'the header is set to `value`'),
  rename: optional(headerName, 'the header goes on under the name `to`'),
  remove: optional(headerName, 'the header does not go on'),
};
const verbs = Object.keys(rule);

export const requestRule = section(
  {
    ...rule,
    value: optional(secret(1), 'of `insert`'),
    to: optional(headerName, 'of `rename`'),
    default: optional(text, 'of `propagate` and `rename`, when the request has no such header'),
    subgraphs: onlyFor,
  },
  (values, given) => {
    const chosen = verbs.filter((verb) => given[verb] !== undefined);
    if (chosen.length !== 1) return `needs exactly one of ${verbs.map((verb) => `\`${verb}\``).join(', ')}`;
    if ((chosen[0] === 'insert') !== (values.value !== undefined))
      return '`value` belongs to `insert`, and is needed there';
    if ((chosen[0] === 'rename') !== (values.to !== undefined)) return '`to` belongs to `rename`, and is needed there';
    const touched = values.to ?? values.insert ?? values.propagate;
    return touched !== undefined && reserved.has(touched) ? `may not set \`${touched}\`` : undefined;
  },
  {
    oneOf: verbs.map((verb) => ({ required: [verb] })),
    dependencies: { insert: ['value'], value: ['insert'], rename: ['to'], to: ['rename'] },
  },
);

export const responseRule = section(
  {
    propagate: required(headerName, 'a header of subgraphs’ answers that clients get'),
    merge: setting(
      choice('first', 'append', 'all'),
      'first',
      'when several subgraphs send it: the first one’s value, all with commas between, or a header for each',
    ),
    subgraphs: onlyFor,
  },
  ({ propagate }) => (reserved.has(propagate) ? `may not set \`${propagate}\`` : undefined),
);

export const headerSettings = section({
  request: setting(list(requestRule), [], 'what subgraphs get of a client’s headers, rule after rule'),
  response: setting(list(responseRule), [], 'what clients get of subgraphs’ headers'),
});

/** A stream of `Subscription`, by its field. */
export const streamSettings = section(
  {
    after: optional(fieldName, 'the argument that takes the cursor of the last event seen: a nullable text'),
    cursor: optional(fieldName, 'the event’s field that holds its cursor'),
    now: optional(text, 'a query with one leaf: where the caller’s stream stands now'),
    public: setting(flag, false, 'everyone gets the same events: no token is asked for, and one stream serves all'),
  },
  ({ after, cursor, now }) =>
    (after === undefined) !== (cursor === undefined) || (now !== undefined && after === undefined)
      ? 'needs both `after` and `cursor`, or neither'
      : undefined,
  { dependencies: { after: ['cursor'], cursor: ['after'], now: ['after'] } },
);
