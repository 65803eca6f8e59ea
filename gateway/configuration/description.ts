import { cacheSettings } from './cacheSettings.ts';
import { encodings } from '../doors/encodings.ts';
import { claimPath, network, origin, webAddress } from './forms.ts';
import { choice, either, flag, formed, fraction, list, named, secret, text, whole } from './kinds.ts';
import { costSettings, limitSettings } from './limitSettings.ts';
import { type Values, group, optional, required, section, setting } from './section.ts';
import { everySubgraph, headerSettings, oneSubgraph, streamSettings } from './subgraphSettings.ts';

const milliseconds = whole(1, 999_999);
const sources = ['file', 'url', 'hive', 'uplink'] as const;

const supergraphSettings = section(
  {
    file: optional(
      text,
      'a composed schema (.graphql), or a file in Rover’s format (.yaml) that names the schemas to compose',
      'SUPERGRAPH',
    ),
    url: optional(webAddress, 'where a composed schema is fetched'),
    headers: setting(named(secret(1)), {}, 'what is sent along to `url`'),
    hive: optional(
      section({
        endpoint: required(webAddress, 'the address of the artifacts of a target'),
        key: required(secret(1), 'its access key'),
      }),
      'Hive’s CDN',
    ),
    uplink: optional(
      section({
        endpoints: setting(
          list(webAddress),
          ['https://uplink.api.apollographql.com/', 'https://aws.uplink.api.apollographql.com/'],
          'tried one after the other',
        ),
        graphRef: required(text, 'like my-graph@current'),
        key: required(secret(1), 'the graph’s API key'),
      }),
      'Apollo’s Uplink',
    ),
    pollMs: setting(whole(100, 86_400_000), 10_000, 'how often `url`, `hive` or `uplink` is asked whether it changed'),
    timeoutMs: setting(milliseconds, 10_000, 'how long it may take to answer'),
    keepFile: optional(text, 'where the last good one is kept, to start with while the address does not answer'),
  },
  (_, given) => {
    const chosen = sources.filter((source) => given[source] !== undefined);
    return chosen.length > 1
      ? `names several sources (${chosen.map((source) => `\`${source}\``).join(', ')}); keep one`
      : undefined;
  },
  { not: { anyOf: sources.flatMap((a, n) => sources.slice(n + 1).map((b) => ({ required: [a, b] }))) } },
);

const serverSettings = section({
  host: setting(text, '127.0.0.1', 'the address to listen at', 'HOST'),
  port: setting(whole(0, 65_535), 4000, 'the port; 0 lets the system choose', 'PORT'),
  path: setting(formed('a path like /graphql', '^/[A-Za-z0-9/_.-]*[A-Za-z0-9_-]$'), '/graphql', 'of the graph'),
  workers: setting(whole(1, 256), 1, 'processes that share the port', 'WORKERS'),
  development: setting(flag, false, 'introspection, suggestions, Apollo Sandbox, GraphiQL', 'DEVELOPMENT'),
  trustedProxies: setting(list(network), [], 'whose `X-Forwarded-For` is believed', 'TRUSTED_PROXIES'),
  requestsAtOnce: setting(whole(1, 1_000_000), 1000, 'requests that are answered at the same time; more are refused'),
  operationTimeoutMs: setting(milliseconds, 30_000, 'how long a query or a mutation may take as a whole'),
  execution: setting(
    choice('questline', 'apollo'),
    'questline',
    'who executes queries and mutations; `apollo`: the executor of @apollo/gateway, to compare with and to fall back on',
    'EXECUTION',
  ),
  defer: setting(
    flag,
    false,
    'whether fragments with `@defer` are answered later to clients that take answers in parts; elsewhere they come with the rest',
  ),
  drainMs: setting(milliseconds, 1500, 'over which time sockets are closed on SIGTERM', 'DRAIN_MS'),
});

const corsSettings = section({
  origins: setting(list(origin), [], 'web pages that may call', 'ALLOWED_ORIGINS'),
  headers: setting(
    either(choice('*'), list(formed('the name of a header', '^[A-Za-z0-9-]+$'))),
    '*',
    'request headers that they may send; `*`: whatever they ask for',
  ),
});

export const issuerSettings = section({
  jwks: required(webAddress, 'where the issuer publishes its keys'),
  issuer: setting(text, 'questline', 'the claim `iss`'),
  audiences: setting(list(text), ['questline'], 'one of them is in the claim `aud`; none: any'),
  algorithms: setting(
    list(choice('ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512')),
    ['ES256'],
    'of the signature',
  ),
  type: setting(text, 'at+jwt', 'the header `typ`; `any`: not looked at'),
  user: setting(claimPath, 'sub', 'the claim that tells users apart'),
  session: setting(claimPath, 'sid', 'the claim that tells sessions apart'),
  roles: setting(claimPath, 'roles', 'the claim with the user’s roles, a list or words'),
  scopes: setting(claimPath, 'scope', 'the claim with the token’s scopes, a list or words'),
  longestMs: setting(whole(1000, 31_622_400_000), 86_400_000, 'a token that is good for longer is refused'),
});

const identitySettings = section({
  gatewaySecret: optional(
    secret(32),
    'what the gateway shows to the subgraphs in `x-gateway-secret`',
    'GATEWAY_SECRET',
  ),
  issuers: setting(list(issuerSettings), [], 'whose tokens are good; JWKS_URL adds one with the defaults'),
  endedSessions: optional(
    webAddress,
    'where auth tells which sessions have ended; JWKS_URL sets it',
    'ENDED_SESSIONS_URL',
  ),
});

const subscriptionSettings = section({
  pingMs: setting(milliseconds, 12_000, 'a client that does not answer is gone within two of these'),
  upstreamPingMs: setting(milliseconds, 10_000, 'the same for a subgraph'),
  streamMs: setting(whole(1000, 86_400_000), 900_000, 'how long an event stream lives before its client asks again'),
  patienceMs: setting(milliseconds, 15_000, 'how long an event may wait for a subgraph that is away'),
  callback: group(
    section({
      url: optional(webAddress, 'where subgraphs reach this process, for subscriptions by HTTP callback'),
      heartbeatMs: setting(whole(0, 999_999), 5000, 'how often a subgraph shows that it lives; 0: never'),
    }),
    'subscriptions by HTTP callback',
  ),
});

/** The whole configuration of a gateway: gateway.yaml, or the part `gateway` of a supergraph.yaml. */
export const configuration = section({
  supergraph: group(supergraphSettings, 'what is served'),
  server: group(serverSettings, 'where and how it listens'),
  cors: group(corsSettings, 'calls from web pages of other origins'),
  identity: group(identitySettings, 'who calls'),
  operations: setting(list(text), [], 'folders of named operations, served over REST and gRPC', 'OPERATIONS'),
  grpc: group(
    section({
      port: optional(whole(0, 65_535), 'where gRPC is served, with the operations', 'GRPC_PORT'),
      certificate: optional(text, 'a PEM file; with `key`, gRPC is served over TLS', 'GRPC_CERTIFICATE'),
      key: optional(text, 'the PEM file of its private key', 'GRPC_KEY'),
    }),
    'gRPC',
  ),
  safelist: optional(text, 'a manifest of persisted documents; then nothing else is executed', 'SAFELIST'),
  overrideLabels: setting(
    named(either(flag, fraction(0, 100))),
    {},
    'labels of progressive `@override`s: on, off, or on for this percentage of users; those that are not named are off',
  ),
  policies: setting(
    named(
      section({
        roles: setting(list(text), [], 'one of them; none: any'),
        scopes: setting(list(text), [], 'one of them; none: any'),
      }),
    ),
    {},
    'what a signed-in caller must have to fulfil a policy of `@policy`, by its name; those that are not named nobody fulfils',
  ),
  limits: group(limitSettings, 'what one caller may ask for'),
  cost: group(costSettings, 'how costs are estimated'),
  headers: group(headerSettings, 'which headers pass'),
  cacheControl: setting(
    choice('no-store', 'subgraphs'),
    'no-store',
    'what answers say to caches: nothing may be kept, or what all subgraphs that have a part allow',
  ),
  cache: group(cacheSettings, 'answers of subgraphs that are kept: docs/gateway-cache.md'),
  compression: group(
    section({
      encodings: setting(
        list(choice(...encodings)),
        [],
        'how answers over HTTP may be compressed for clients that accept it, the one that is preferred among equals first; a page of another origin that chooses a part of an answer may guess at the rest by its size',
      ),
      leastBytes: setting(whole(0, 1024 * 1024 * 1024), 1024, 'smaller answers are sent as they are'),
    }),
    'compression of answers',
  ),
  hooks: optional(text, 'a module whose default export is called at four places: docs/gateway-hooks.md'),
  usage: group(
    section({
      file: optional(
        text,
        'a JSON file, written again and again: how often operations and fields are used, and by which clients; absent: nothing is counted',
        'USAGE_FILE',
      ),
      everyMs: setting(whole(100, 86_400_000), 60_000, 'how often it is written'),
      sample: setting(fraction(0.0001, 1), 1, 'the part of all operations that is counted'),
      operations: setting(whole(1, 100_000), 1000, 'so many are told apart; the others are counted together'),
    }),
    'what must be known before a field is taken away',
  ),
  everySubgraph: group(everySubgraph, 'what holds for each subgraph'),
  subgraphs: setting(named(oneSubgraph), {}, 'what holds for one subgraph, by its name'),
  identityFree: setting(
    list(text),
    [],
    'subgraphs whose entities are the same for everyone: events of several users ask for them together, with nobody’s token',
  ),
  streams: setting(named(streamSettings), {}, 'streams by field of `Subscription`: how they go on after a cut'),
  subscriptions: group(subscriptionSettings, 'connections that stay open'),
  traces: group(
    section({
      sample: setting(
        fraction(0, 1),
        1,
        'the part of requests without a trace of their own that begin one',
        'OTEL_TRACES_SAMPLER_ARG',
      ),
    }),
    'spans, sent to OTEL_EXPORTER_OTLP_ENDPOINT when that is set',
  ),
});
export type Configuration = Values<(typeof configuration)['settings']>;
