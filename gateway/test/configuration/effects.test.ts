import { mkdtempSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { pino } from 'pino';
import { readConfiguration } from '../../configuration/configuration.ts';
import { type Gateway, startGateway } from '../../server.ts';
import { settingsOf } from '../../settings.ts';
import { openSupply } from '../../supergraph/supply.ts';
import { type Answer, ask } from '../graph.ts';

const folder = mkdtempSync(join(tmpdir(), 'effects-'));
const stops: (() => Promise<unknown> | void)[] = [];
/** What the subgraph got, and what it answers. */
let got: IncomingHttpHeaders[] = [];
let said: Record<string, string | string[]> = {};
let body: object = {};
let shopUrl: string;
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Two subgraphs of another house by one server, which is also the issuer of another house. */
beforeAll(async () => {
  const server = createServer((request, response) => {
    if (request.url === '/keys') {
      const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' };
      return void response.end(JSON.stringify({ keys: [jwk] }));
    }
    got.push(request.headers);
    const service = request.url === '/stock' ? 'stock' : 'shop';
    const own = Object.fromEntries(
      Object.entries(said).map(([name, value]) => [name, value === 'NAME' ? service : value]),
    );
    const data =
      service === 'stock' ? { left: 3, sold: 2 } : { price: 7, list: [{ id: '1', list: [{ id: '2' }] }], buy: 1 };
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', ...own });
      response.end(JSON.stringify({ data, ...body }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  shopUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stops.push(() => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())));
  writeFileSync(
    join(folder, 'shop.graphql'),
    'type Query { price: Int list: [Item] } type Mutation { buy: Int } type Item { id: ID list: [Item] }',
  );
  writeFileSync(
    join(folder, 'stock.graphql'),
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@policy"]) type Query { left: Int sold: Int @policy(policies: [["reports"]]) }',
  );
  writeFileSync(
    join(folder, 'supergraph.yaml'),
    `subgraphs:\n  shop: { routing_url: ${shopUrl}/shop, schema: { file: ./shop.graphql } }\n  stock: { routing_url: ${shopUrl}/stock, schema: { file: ./stock.graphql } }\n`,
  );
});
beforeEach(() => {
  got = [];
  said = {};
  body = {};
});
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.stop();
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

const gateways: Gateway[] = [];
async function serve(yaml: string): Promise<Gateway> {
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, `supergraph: { file: ${join(folder, 'supergraph.yaml')} }\n${yaml}`);
  const configuration = readConfiguration({ file }, { PORT: '0', ISSUER: shopUrl });
  const log = pino({ level: 'silent' });
  const supply = await openSupply(configuration, log);
  const gateway = await supply.serve((supergraph) => startGateway({ ...settingsOf(configuration), supergraph, log }));
  gateways.push(gateway);
  return gateway;
}
const answerOf = async (yaml: string, query: string, headers: Record<string, string> = {}): Promise<Answer> =>
  ask((await serve(yaml)).url, query, undefined, headers);
const codeOf = ({ errors }: Answer) => errors?.[0]?.extensions.code;

test.each([
  ['limits: { depth: 1 }', '{ list { id } }', 'MAX_DEPTH_LIMIT'],
  ['limits: { aliases: 1 }', '{ a: price b: price }', 'MAX_ALIASES_LIMIT'],
  ['limits: { root_fields: 1 }', '{ price left }', 'MAX_ROOT_FIELDS_LIMIT'],
  ['limits: { directives: 1 }', '{ price @skip(if: false) left @skip(if: false) }', 'MAX_DIRECTIVES_LIMIT'],
  [
    'limits: { fragments: 1 }',
    '{ ...A ...B } fragment A on Query { price } fragment B on Query { left }',
    'QUERY_TOO_COMPLEX',
  ],
  ['limits: { height: 1 }', '{ price left }', 'MAX_HEIGHT_LIMIT'],
  ['limits: { complexity: 1 }', '{ price left }', 'QUERY_TOO_COMPLEX'],
  ['limits: { tokens: 5 }', '{ price left a: price }', 'MAX_TOKENS_LIMIT'],
  ['limits: { characters: 10 }', '{ price left }', 'MAX_TOKENS_LIMIT'],
  ['limits: { cost: 10 }', '{ list { list { id } } }', 'COST_ESTIMATED_TOO_EXPENSIVE'],
  ['limits: { cost: 20 }\ncost: { assumed_size: 50 }', '{ list { id } }', 'COST_ESTIMATED_TOO_EXPENSIVE'],
  ['limits: { cost: 20 }\ncost: { mutation: 30 }', 'mutation { buy }', 'COST_ESTIMATED_TOO_EXPENSIVE'],
  ['limits: { body_bytes: 1024, stranger_bytes: 1024 }', `{ price } #${'x'.repeat(2000)}`, 'PAYLOAD_TOO_LARGE'],
])('%s refuses %s, which is served without', async (yaml, query, code) => {
  expect(codeOf(await answerOf(yaml, query))).toBe(code);
  expect(codeOf(await answerOf('', query))).toBeUndefined();
});

test('a graph that says nothing of its lists has no highest cost unless one is set', async () => {
  const deep = '{ list { list { list { list { id } } } } }';
  expect(codeOf(await answerOf('', deep))).toBeUndefined();
  expect(codeOf(await answerOf('limits: { cost: 1000 }', deep))).toBe('COST_ESTIMATED_TOO_EXPENSIVE');
  expect(codeOf(await answerOf('limits: { cost: off }', deep))).toBeUndefined();
});

test('the graph is at the path that is set', async () => {
  const { url } = await serve('server: { path: /api/v1 }');
  expect(new URL(url).pathname).toBe('/api/v1');
  expect((await ask(url, '{ price }')).data).toEqual({ price: 7 });
  expect((await fetch(url.replace('/api/v1', '/graphql'))).status).toBe(404);
});

test('headers go on to subgraphs by the rules, one after the other, and none without a rule', async () => {
  const rules = `
headers:
  request:
    - propagate: x-tenant
      default: none
    - { propagate: x-only, subgraphs: [stock] }
    - { rename: x-old, to: x-new }
    - { insert: x-region, value: eu }
    - { remove: authorization, subgraphs: [stock] }
`;
  const sent = { 'x-tenant': 'a', 'x-only': 'b', 'x-old': 'c', 'x-secret': 'd' };
  expect((await answerOf(rules, '{ price left }', sent)).data).toEqual({ price: 7, left: 3 });
  const [shop, stock] = got[0]!['x-only'] === undefined ? [got[0]!, got[1]!] : [got[1]!, got[0]!];
  expect(shop).toMatchObject({ 'x-tenant': 'a', 'x-new': 'c', 'x-region': 'eu' });
  expect(stock).toMatchObject({ 'x-tenant': 'a', 'x-only': 'b', 'x-new': 'c' });
  for (const name of ['x-old', 'x-secret']) expect([shop[name], stock[name]]).toEqual([undefined, undefined]);
  got = [];
  await answerOf(rules, '{ price }');
  expect(got[0]!['x-tenant']).toBe('none');
  got = [];
  await answerOf('', '{ price }', sent);
  expect(Object.keys(sent).filter((name) => got[0]![name])).toEqual([]);
});

test('callers whose propagated headers differ share no request', async () => {
  const { url } = await serve('headers: { request: [{ propagate: x-tenant }] }');
  await Promise.all(['a', 'b', 'a'].map((tenant) => ask(url, '{ price }', undefined, { 'x-tenant': tenant })));
  expect(new Set(got.map((headers) => headers['x-tenant']))).toEqual(new Set(['a', 'b']));
});

test.each([
  ['first', /^(shop|stock)$/],
  ['append', /^(shop, stock|stock, shop)$/],
  ['all', /^(shop, stock|stock, shop)$/],
])('headers of subgraphs come back by the rule %s', async (merge, expected) => {
  said = { 'x-part': 'NAME', 'x-other': 'hidden' };
  const { headers } = await answerOf(
    `headers: { response: [{ propagate: x-part, merge: ${merge} }] }`,
    '{ price left }',
  );
  expect(headers.get('x-part')).toMatch(expected);
  expect(headers.get('x-other')).toBeNull();
});

test('cookies of several subgraphs come back each by itself', async () => {
  said = { 'set-cookie': 'NAME' };
  const { headers } = await answerOf(
    'headers: { response: [{ propagate: set-cookie, merge: all }] }',
    '{ price left }',
  );
  expect(headers.getSetCookie().sort()).toEqual(['shop', 'stock']);
});

test.each([
  ['the shortest time of all parts', 'max-age=60, public', {}, '{ price left }', undefined, 'max-age=60, public'],
  ['private when a part is', 'max-age=60, private', {}, '{ price }', undefined, 'max-age=60, private'],
  ['private when somebody is signed in', 'max-age=60', {}, '{ price }', 'k', 'max-age=60, private'],
  ['nothing when a part says nothing', undefined, {}, '{ price }', undefined, 'no-store'],
  ['nothing when a part forbids it', 'max-age=60, no-store', {}, '{ price }', undefined, 'no-store'],
  ['nothing of a mutation', 'max-age=60', {}, 'mutation { buy }', undefined, 'no-store'],
  [
    'nothing of an answer with errors',
    'max-age=60',
    { errors: [{ message: 'x' }] },
    '{ price }',
    undefined,
    'no-store',
  ],
] as const)('caches may keep %s', async (_, control, extra, query, signedIn, expected) => {
  said = control === undefined ? {} : { 'cache-control': control };
  body = extra;
  const yaml =
    'cache_control: subgraphs\nidentity: { issuers: [{ jwks: "${ISSUER}/keys", issuer: them, audiences: [] }] }';
  const { headers } = await answerOf(yaml, query, signedIn ? { authorization: `Bearer ${token({})}` } : {});
  expect(headers.get('cache-control')).toBe(expected);
  if (expected !== 'no-store') expect(headers.get('vary')).toContain('Authorization');
});

test('nothing may be kept unless that is set', async () => {
  said = { 'cache-control': 'max-age=60' };
  expect((await answerOf('', '{ price }')).headers.get('cache-control')).toBe('no-store');
});

test('codes of subgraphs’ errors pass where they are set, and their other extensions do not', async () => {
  body = { errors: [{ message: 'sold out', path: ['price'], extensions: { code: 'OUT_OF_STOCK', sql: 'select' } }] };
  expect((await answerOf('', '{ price }')).errors).toMatchObject([{ message: 'Internal server error' }]);
  expect((await answerOf('subgraphs: { shop: { error_codes: [OUT_OF_STOCK] } }', '{ price }')).errors).toEqual([
    { message: 'sold out', path: ['price'], extensions: { code: 'OUT_OF_STOCK', serviceName: 'shop' } },
  ]);
  const ofOther = await answerOf('subgraphs: { stock: { error_codes: [OUT_OF_STOCK] } }', '{ price }');
  expect(ofOther.errors).toMatchObject([{ message: 'Internal server error' }]);
});

const token = (claims: object, options: jsonwebtoken.SignOptions = {}) =>
  jsonwebtoken.sign({ realm: { roles: ['OPERATOR'] }, scope: 'a b', ...claims }, privateKey, {
    ...{ algorithm: 'ES256', issuer: 'them', subject: 'ada', expiresIn: 60, keyid: 'k1' },
    header: { alg: 'ES256', typ: 'at+jwt' },
    ...options,
  });

describe('tokens of another issuer', () => {
  const issuer = (more = '') =>
    `identity: { issuers: [{ jwks: 'http://127.0.0.1:1/', issuer: us }, { jwks: "\${ISSUER}/keys", issuer: them ${more.includes('audiences') ? '' : ', audiences: []'} ${more} }] }`;
  const status = async (yaml: string, sent: string) =>
    (await answerOf(yaml, '{ price }', { authorization: `Bearer ${sent}` })).status;

  test.each([
    ['a good one', '', () => token({}), 200],
    ['an audience that is asked for', ', audiences: [shop]', () => token({}, { audience: 'shop' }), 200],
    ['another audience', ', audiences: [shop]', () => token({}, { audience: 'other' }), 401],
    ['an issuer that nobody named', '', () => token({}, { issuer: 'nobody' }), 401],
    ['an algorithm that is not listed', ', algorithms: [RS256]', () => token({}), 401],
    ['another type', '', () => token({}, { header: { alg: 'ES256', typ: 'JWT' } }), 401],
    ['any type', ', type: any', () => token({}, { header: { alg: 'ES256', typ: 'JWT' } }), 200],
    ['a life that is too long', ', longest_ms: 30000', () => token({}), 401],
    ['a user by another claim', ', user: email', () => token({ email: 'ada@example' }), 200],
    ['no such claim', ', user: email', () => token({}), 401],
    [
      'an extension that must be understood',
      '',
      () => token({}, { header: { alg: 'ES256', typ: 'at+jwt', crit: ['x'] } }),
      401,
    ],
  ])('%s', async (_, more, sign, expected) => {
    expect(await status(issuer(more), sign())).toBe(expected);
  });

  test.each([
    [', roles: realm.roles, scopes: scope', 2],
    [', roles: realm.roles, scopes: scp', null],
    [', roles: groups, scopes: scope', null],
  ])('claims %s say who fulfils a policy', async (claims, sold) => {
    const policies = 'policies: { reports: { roles: [OPERATOR], scopes: [a] } }';
    const authorization = `Bearer ${token({})}`;
    const { data } = await answerOf(`${policies}\n${issuer(claims)}`, '{ sold }', { authorization });
    expect(data).toEqual({ sold });
  });

  test('is refused where only ours is good', async () => {
    expect(await status('', token({}))).toBe(401);
  });
});
