import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { StartRefusal } from '../../../shared/process/environment.ts';
import { readConfiguration } from '../../configuration/configuration.ts';
import { configuration } from '../../configuration/description.ts';
import { between, jsonSchema, rows, settingsTable, variablesTable } from '../../configuration/documents.ts';

const root = new URL('../../../', import.meta.url);
const committed = (file: string) => readFileSync(new URL(file, root), 'utf8');
const file = join(mkdtempSync(join(tmpdir(), 'configuration-')), 'gateway.yaml');
const read = (yaml: string, environment: Record<string, string> = {}) => {
  writeFileSync(file, yaml);
  return readConfiguration({ file }, environment);
};
const faultsOf = (yaml: string, environment: Record<string, string> = {}): string[] => {
  try {
    read(yaml, environment);
  } catch (error) {
    if (error instanceof StartRefusal)
      return error.message.split('\n').map((line) => line.replace(file, 'gateway.yaml'));
    throw error;
  }
  return [];
};
const fitsSchema = new Ajv({ allowUnionTypes: true }).compile(
  JSON.parse(committed('gateway/configuration/schema.json')),
);

test('what is derived from the description is committed as it is: npm run settings writes it', () => {
  expect(committed('gateway/configuration/schema.json')).toBe(jsonSchema());
  for (const [page, name, content] of [
    ['docs/gateway-settings.md', 'settings', settingsTable()],
    ['docs/configuration.md', 'gateway variables', variablesTable()],
  ] as const)
    expect(committed(page)).toBe(between(committed(page), name, content));
});

test('every setting has a meaning of its own, and the documentation names all of them once', () => {
  const names = rows().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(rows().filter(({ meaning }) => meaning.length < 5)).toEqual([]);
});

test('nothing is set by an empty file, and the defaults are those of the description', () => {
  expect(read('')).toEqual(configuration.defaults);
  expect(read('')).toMatchObject({ server: { port: 4000 }, limits: { depth: 8 }, everySubgraph: { timeoutMs: 2000 } });
});

/** One of each: whatever it says, loader and schema take it alike. */
const good = `
supergraph: { url: 'http://registry.example/graph', headers: { x-key: abc }, poll_ms: 500, keep_file: /tmp/kept.graphql }
server: { host: 0.0.0.0, port: '\${PORT:-4100}', path: /api/graphql, workers: 2, development: true, trusted_proxies: [10.0.0.0/8] }
cors: { origins: ['https://game.example', 'capacitor://localhost'], headers: [x-tenant] }
identity:
  gateway_secret: '0123456789012345678901234567890123456789'
  issuers: [{ jwks: 'http://auth/keys', audiences: [], algorithms: [RS256], roles: realm_access.roles }]
safelist: ./manifest.json
limits: { depth: 12, cost: off, queue: { items: 10 } }
cost: { assumed_size: 5 }
headers:
  request:
    - propagate: x-tenant
      default: none
    - { insert: x-region, value: eu, subgraphs: [catalog] }
    - { rename: x-a, to: x-b }
    - remove: authorization
  response: [{ propagate: set-cookie, merge: all }]
every_subgraph: { retries: 2, circuit_breaker: { failures: 5 }, error_codes: [OUT_OF_STOCK] }
subgraphs:
  reviews: { url: 'http://reviews:4001/graphql', timeout_ms: 500, subscriptions: { protocol: sse } }
identity_free: [catalog]
streams: { news: { after: after, cursor: cursor, public: true } }
subscriptions: { callback: { url: 'http://gateway:4000' } }
traces: { sample: 0.01 }
`;

test('a file with something of everything is read, and the schema takes it too', () => {
  expect(faultsOf(good)).toEqual([]);
  expect(fitsSchema(parse(good))).toBe(true);
  expect(read(good)).toMatchObject({
    server: { port: 4100, path: '/api/graphql', trustedProxies: ['10.0.0.0/8'] },
    limits: { depth: 12, aliases: 100, cost: 'off', queue: { items: 10, stallMs: 30_000 } },
    headers: { request: [{ propagate: 'x-tenant', default: 'none' }, { insert: 'x-region' }, { to: 'x-b' }, {}] },
    subgraphs: { reviews: { timeoutMs: 500, subscriptions: { protocol: 'sse' } } },
    streams: { news: { public: true } },
  });
});

/** The setting, the fault as it is told, and whether a JSON Schema can know it. */
test.each([
  ['limits:\n  depth: "ten"', 'gateway.yaml:2: limits.depth must be a whole number from 1 to 100, not "ten"'],
  ['limits:\n\n  depth: 0', 'gateway.yaml:3: limits.depth must be a whole number from 1 to 100, not 0'],
  ['limits: { depth: 1.5 }', 'gateway.yaml:1: limits.depth must be a whole number from 1 to 100, not 1.5'],
  ['limits: []', 'gateway.yaml:1: limits must be a map of settings, not []'],
  ['limits:', 'gateway.yaml:1: limits must be a map of settings, not nothing'],
  ['[]', 'gateway.yaml:1: the configuration must be a map of settings, not []'],
  ['limit: {}', 'gateway.yaml:1: limit is no setting; did you mean `limits`?'],
  ['server:\n  prot: 1', 'gateway.yaml:2: server.prot is no setting; did you mean `port`?'],
  ['colour: red', 'gateway.yaml:1: colour is no setting'],
  ['server: { port: 70000 }', 'gateway.yaml:1: server.port must be a whole number from 0 to 65535, not 70000'],
  ['server: { development: yes }', 'gateway.yaml:1: server.development must be true or false, not "yes"'],
  ['server: { path: graphql }', 'gateway.yaml:1: server.path must be a path like /graphql, not "graphql"'],
  ['server: { trusted_proxies: proxy }', 'gateway.yaml:1: server.trusted_proxies must be a list'],
  [
    'limits: { cost: free }',
    'gateway.yaml:1: limits.cost must be a whole number from 1 to 1000000000, or off, not "free"',
  ],
  ['traces: { sample: 2 }', 'gateway.yaml:1: traces.sample must be a number from 0 to 1, not 2'],
  [
    'identity: { gateway_secret: short }',
    'gateway.yaml:1: identity.gateway_secret must be a secret of at least 32 characters',
  ],
  ['identity:\n  issuers:\n    - issuer: me', 'gateway.yaml:3: identity.issuers[0] needs `jwks`'],
  [
    'identity: { issuers: [{ jwks: "http://a/", algorithms: [none] }] }',
    'gateway.yaml:1: identity.issuers[0].algorithms[0] must be ES256,',
  ],
  [
    'every_subgraph: { subscriptions: { protocol: smoke } }',
    'gateway.yaml:1: every_subgraph.subscriptions.protocol must be websocket, sse or callback, not "smoke"',
  ],
  [
    'subgraphs:\n  a:\n    timeout_ms: 1\n  b:\n    timeout_ms: x',
    'gateway.yaml:5: subgraphs.b.timeout_ms must be a whole number',
  ],
  ['subgraphs: { a: { retry: 1 } }', 'gateway.yaml:1: subgraphs.a.retry is no setting'],
  [
    'headers:\n  request:\n    - propagate: a\n    - {}',
    'gateway.yaml:4: headers.request[1] needs exactly one of `propagate`, `insert`, `rename`, `remove`',
  ],
  ['headers: { request: [{ propagate: a, remove: b }] }', 'gateway.yaml:1: headers.request[0] needs exactly one of'],
  [
    'headers: { request: [{ insert: a }] }',
    'gateway.yaml:1: headers.request[0] `value` belongs to `insert`, and is needed there',
  ],
  [
    'headers: { request: [{ propagate: X-Tenant }] }',
    'gateway.yaml:1: headers.request[0].propagate must be the name of a header in lower case, not "X-Tenant"',
  ],
  ['headers: { response: [{ merge: first }] }', 'gateway.yaml:1: headers.response[0] needs `propagate`'],
  ['streams: { told: { after: a } }', 'gateway.yaml:1: streams.told needs both `after` and `cursor`, or neither'],
  ['streams: { told: { now: a } }', 'gateway.yaml:1: streams.told needs both `after` and `cursor`, or neither'],
  ['streams: { told: { public: 1 } }', 'gateway.yaml:1: streams.told.public must be true or false, not 1'],
  ['identity_free: one', 'gateway.yaml:1: identity_free must be a list, each entry a text, not "one"'],
  [
    'supergraph: { file: a, url: "http://a/" }',
    'gateway.yaml:1: supergraph names several sources (`file`, `url`); keep one',
  ],
  ['supergraph: { hive: { key: k } }', 'gateway.yaml:1: supergraph.hive needs `endpoint`'],
])('%j is one fault with its line, and the schema refuses it too', (yaml, fault) => {
  expect(faultsOf(yaml)).toEqual([expect.stringContaining(fault)]);
  expect(fitsSchema(parse(yaml))).toBe(false);
});

/** What a JSON Schema cannot say, the loader alone refuses. */
test.each([
  ['headers: { request: [{ insert: host, value: a }] }', 'gateway.yaml:1: headers.request[0] may not set `host`'],
  ['headers: { request: [{ propagate: x-gateway-secret }] }', 'headers.request[0] may not set `x-gateway-secret`'],
  ['headers: { response: [{ propagate: content-length }] }', 'headers.response[0] may not set `content-length`'],
  ['cors: { origins: ["https://a.example/", "*"] }', 'cors.origins[0] must be an origin'],
  ['subgraphs: { a: { url: "http://169.254.169.254/" } }', 'subgraphs.a.url must be a web address'],
  ['server: { trusted_proxies: [10.0.0.0/99] }', 'server.trusted_proxies[0] must be an address'],
  ['server:\n  port: ${NOWHERE}', 'gateway.yaml:2: needs the environment variable NOWHERE, which is not set'],
  ['server: { port: 1 }\nserver: { port: 2 }', 'gateway.yaml:2: is not YAML: Map keys must be unique'],
  ['server: { port: [', 'gateway.yaml:1: is not YAML: '],
])('%j is refused', (yaml, fault) => {
  expect(faultsOf(yaml)[0]).toContain(fault);
});

test('every fault is told at once', () => {
  expect(faultsOf('limits: { depth: 0, aliases: no }\nserver: { prot: 1 }')).toEqual([
    expect.stringContaining('limits.depth'),
    expect.stringContaining('limits.aliases'),
    expect.stringContaining('server.prot'),
  ]);
});

test('variables are put in where they are named, with defaults, and never make structure', () => {
  const yaml = 'server: { host: "${HOST_NAME}", port: "${SOME_PORT:-4001}" }\nsafelist: ${A}-${B:-b}.json';
  expect(read(yaml, { HOST_NAME: '::1', A: 'x: [y]', SOME_PORT: '' })).toMatchObject({
    server: { host: '::1', port: 4001 },
    safelist: 'x: [y]-b.json',
  });
});

test('a secret is in no fault, wherever it stands', () => {
  const faults = faultsOf('identity:\n  gateway_secret: ${S}', { S: 'hunter2' });
  expect(faults).toHaveLength(1);
  expect(faults[0]).not.toContain('hunter2');
});

test('the environment stands over the file', () => {
  const yaml = 'server: { port: 1 }\ncors: { origins: ["https://a.example"] }\nsubgraphs: { a: { timeout_ms: 7 } }';
  const environment = {
    ...{ PORT: '4002', ALLOWED_ORIGINS: 'https://b.example, https://c.example', COST_LIMIT: 'off' },
    ...{ ROUTING_URL_A: 'http://a/graphql', SUBGRAPH_TIMEOUT_MS: '9', OTEL_TRACES_SAMPLER_ARG: '0.25' },
    JWKS_URL: 'http://auth/.well-known/jwks.json',
  };
  expect(read(yaml, environment)).toMatchObject({
    server: { port: 4002 },
    cors: { origins: ['https://b.example', 'https://c.example'] },
    limits: { cost: 'off' },
    subgraphs: { a: { url: 'http://a/graphql', timeoutMs: 7 } },
    everySubgraph: { timeoutMs: 9 },
    traces: { sample: 0.25 },
    identity: {
      issuers: [{ jwks: 'http://auth/.well-known/jwks.json', issuer: 'questline', algorithms: ['ES256'] }],
      endedSessions: 'http://auth/sessions/ended',
    },
  });
});
