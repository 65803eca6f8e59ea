import { request } from 'node:http';
import { getIntrospectionQuery } from 'graphql';
import { limits } from '../limits.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';

let graph: TestGraph;
let developed: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
  developed = await startTestGraph({ development: true });
});
afterAll(async () => {
  await graph.stop();
  await developed.stop();
});

interface Sent {
  method?: string;
  search?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Without what fetch would add or refuse to send. */
function send({ method = 'POST', search = '', headers = {}, body = '' }: Sent, url = graph.url) {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const sent = request(
      url + search,
      { method, headers: { accept: 'application/graphql-response+json', ...headers } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const json = { 'content-type': 'application/json' };
const preflighted = { 'apollo-require-preflight': 'true' };
const hello = '{"query":"{ hello(name: \\"you\\") }"}';
const get = '?query=' + encodeURIComponent('{ hello(name: "you") }');
const field = '{ __typename }';

test.each<[string, Sent, number, string]>([
  ['H1: a body as plain text', { headers: { 'content-type': 'text/plain' }, body: hello }, 400, 'BAD_REQUEST'],
  [
    'H2: a form',
    { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query={__typename}' },
    400,
    'BAD_REQUEST',
  ],
  [
    'H3: an upload',
    { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' },
    400,
    'BAD_REQUEST',
  ],
  ['H4: no content type', { body: hello }, 400, 'BAD_REQUEST'],
  ['H5: GET without a preflight header', { method: 'GET', search: get }, 400, 'BAD_REQUEST'],
  [
    'H6: a mutation by GET',
    { method: 'GET', headers: preflighted, search: '?query=' + encodeURIComponent('mutation { do(thing: "t1") }') },
    405,
    'BAD_REQUEST',
  ],
  [
    'H7: GET with a content type',
    { method: 'GET', headers: { ...preflighted, 'content-type': 'message/x' }, search: get },
    415,
    'BAD_REQUEST',
  ],
  ['H8: PUT', { method: 'PUT', headers: json, body: hello }, 405, 'BAD_REQUEST'],
  ['H8: DELETE', { method: 'DELETE', headers: json }, 405, 'BAD_REQUEST'],
  ['H8: TRACE', { method: 'TRACE' }, 405, 'BAD_REQUEST'],
  ['H9: half a JSON', { headers: json, body: '{"query":' }, 400, 'BAD_REQUEST'],
  ['H10: null', { headers: json, body: 'null' }, 400, 'BAD_REQUEST'],
  ['H10: a string', { headers: json, body: '"x"' }, 400, 'BAD_REQUEST'],
  ['H10: an empty list', { headers: json, body: '[]' }, 400, 'BAD_REQUEST'],
  ['H10: an empty object', { headers: json, body: '{}' }, 400, 'BAD_REQUEST'],
  ['H11: a number as query', { headers: json, body: '{"query":1}' }, 400, 'BAD_REQUEST'],
  ['H11: an object as query', { headers: json, body: '{"query":{"kind":"Document"}}' }, 400, 'BAD_REQUEST'],
  [
    'H11: variables as text',
    { headers: json, body: JSON.stringify({ query: field, variables: '{}' }) },
    400,
    'BAD_REQUEST',
  ],
  [
    'H11: a list as operation name',
    { headers: json, body: JSON.stringify({ query: field, operationName: ['a'] }) },
    400,
    'BAD_REQUEST',
  ],
  [
    'H12: a body that is too large',
    { headers: json, body: JSON.stringify({ query: field, extra: 'x'.repeat(limits.bodyBytes) }) },
    413,
    'PAYLOAD_TOO_LARGE',
  ],
  ['H16: a batch', { headers: json, body: `[${hello},${hello}]` }, 400, 'BAD_REQUEST'],
  [
    'H24: two operations and no name',
    { headers: json, body: '{"query":"query A { __typename } query B { __typename }"}' },
    400,
    'OPERATION_RESOLUTION_FAILURE',
  ],
  [
    'an operation that is not there',
    { headers: json, body: '{"query":"query A { __typename }","operationName":"B"}' },
    400,
    'OPERATION_RESOLUTION_FAILURE',
  ],
  ['a syntax error', { headers: json, body: '{"query":"{ hello("}' }, 400, 'GRAPHQL_PARSE_FAILED'],
  ['an unknown field', { headers: json, body: '{"query":"{ helo }"}' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
  [
    'an internal field of federation',
    { headers: json, body: '{"query":"{ _service { sdl } }"}' },
    400,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'a missing variable',
    { headers: json, body: '{"query":"query($name: String!) { hello(name: $name) }"}' },
    400,
    'BAD_USER_INPUT',
  ],
  [
    'a variable of another type',
    { headers: json, body: '{"query":"query($name: String!) { hello(name: $name) }","variables":{"name":[]}}' },
    400,
    'BAD_USER_INPUT',
  ],
  [
    'a subscription',
    { headers: json, body: '{"query":"subscription { done { number } }"}' },
    400,
    'SUBSCRIPTIONS_OVER_WS_ONLY',
  ],
  [
    'a condition at the root of a subscription',
    {
      headers: json,
      body: '{"query":"subscription($a: Boolean!) { done @include(if: $a) { number } }","variables":{"a":true}}',
    },
    400,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'a token that is none',
    { headers: { ...json, authorization: 'Bearer a.b.c' }, body: hello },
    401,
    'UNAUTHENTICATED',
  ],
  [
    'a token that has ended',
    { headers: { ...json, authorization: tokenFor('ada', -10) }, body: hello },
    401,
    'UNAUTHENTICATED',
  ],
  [
    '1001 tokens',
    { headers: json, body: JSON.stringify({ query: `{ ${'a '.repeat(limits.tokens)} }` }) },
    400,
    'MAX_TOKENS_LIMIT',
  ],
  [
    'a very long comment',
    { headers: json, body: JSON.stringify({ query: `{ hello(name: "a") } #${'a'.repeat(limits.characters)}` }) },
    400,
    'MAX_TOKENS_LIMIT',
  ],
  [
    'too many aliases',
    {
      headers: json,
      body: JSON.stringify({ query: `{ people { ${Array.from({ length: 101 }, (_, i) => `a${i}: id`).join(' ')} } }` }),
    },
    400,
    'MAX_ALIASES_LIMIT',
  ],
  ['an address without a graph', { search: '/x', headers: json, body: hello }, 404, 'NOT_FOUND'],
  [
    'a persisted query whose hash is none',
    { headers: json, body: '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"a"}}}' },
    400,
    'BAD_REQUEST',
  ],
])('%s is refused', async (_, sent, status, code) => {
  const answer = await send(sent);
  const { errors, data } = JSON.parse(answer.text) as { errors: { extensions: object }[]; data?: unknown };
  expect({ status: answer.status, codes: errors.map(({ extensions }) => extensions) }).toEqual({
    status,
    codes: [{ code }],
  });
  expect(data).toBeUndefined();
  expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
  expect(answer.headers).not.toHaveProperty('x-powered-by');
  expect((await graph.ask('{ deeds }')).data).toEqual({ deeds: 0 });
});

test('every mistake in a document is told, in one answer', async () => {
  const { errors } = await graph.ask('{ helo people { nam } }');
  expect(errors!.map(({ message }) => message)).toEqual([
    'Cannot query field "helo" on type "Query".',
    'Cannot query field "nam" on type "Person".',
  ]);
});

test('a query by POST is answered, and so is one by GET with a preflight header', async () => {
  expect(JSON.parse((await send({ headers: json, body: hello })).text)).toEqual({ data: { hello: 'hello you' } });
  expect(JSON.parse((await send({ method: 'GET', headers: preflighted, search: get })).text)).toEqual({
    data: { hello: 'hello you' },
  });
});

test('one query crosses three subgraphs, and each knows the caller', async () => {
  const { data, errors } = await graph.ask(
    '{ me { name points } things { title } deeds }',
    {},
    { authorization: tokenFor('ada') },
  );
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    me: { name: 'ada the brave', points: 0 },
    things: [{ title: 'Thing t1' }, { title: 'Thing t2' }],
    deeds: 0,
  });
});

test('defaults of variables and of arguments hold, and variables that the operation does not know are left out', async () => {
  const query = 'query($name: String = "Bo", $times: Int) { hello(name: $name, times: $times) }';
  expect((await graph.ask(query, { unknown: { __proto__: 1 } })).data).toEqual({ hello: 'hello Bo' });
  expect((await graph.ask(query, { name: 'Al', times: 2 })).data).toEqual({ hello: 'hello Al, hello Al' });
});

test('response keys that JavaScript has a meaning for are keys like others', async () => {
  const { data } = await graph.ask('{ constructor: hello(name: "a") prototype: hello(name: "b") }');
  expect(data).toMatchObject({ constructor: 'hello a', prototype: 'hello b' });
});

test.each(['{ __proto__: hello(name: "a") }', '{ people { __proto__ : name } }'])('%s is refused', async (query) => {
  expect((await graph.ask(query)).errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
});

test('a failure inside a subgraph is masked', async () => {
  const { status, data, errors } = await graph.ask('{ broken }');
  expect({ status, data, errors }).toEqual({
    status: 200,
    data: { broken: null },
    errors: [{ message: 'Internal server error', path: ['broken'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
  });
});

test('a request id is kept when it is well formed, else made', async () => {
  const idOf = async (given: string) =>
    (await graph.ask(field, {}, { 'x-request-id': given })).headers.get('x-request-id');
  expect(await idOf('a-request-of-mine')).toBe('a-request-of-mine');
  expect(await idOf('a b')).toMatch(/^[0-9a-f-]{36}$/);
});

test('answers are not kept by caches', async () => {
  expect((await graph.ask(field)).headers.get('cache-control')).toBe('no-store');
});

describe('outside of development', () => {
  test('the schema cannot be asked for', async () => {
    const { status, errors } = await graph.ask(getIntrospectionQuery());
    expect(status).toBe(400);
    expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']));
  });

  test('a typing error gets no suggestion', async () => {
    const [misspelt, kind] = await Promise.all([
      graph.ask('{ peopl { id } }'),
      graph.ask('query($a: Strin) { hello(name: $a) }'),
    ]);
    expect(JSON.stringify([misspelt.errors, kind.errors])).not.toContain('Did you mean');
  });

  test.each(['/', '/sandbox', '/graphiql', '/graphiql/graphiql.js', '/graphql'])(
    '%s shows no page to a browser',
    async (path) => {
      const { status, text } = await send(
        { method: 'GET', headers: { accept: 'text/html' } },
        new URL(path, graph.url).href,
      );
      expect([400, 404]).toContain(status);
      expect(text).not.toMatch(/graphiql|playground|sandbox|<html/i);
    },
  );
});

describe('in development', () => {
  test('the schema can be asked for, and shows nothing of federation', async () => {
    const { status, data } = await developed.ask(getIntrospectionQuery());
    expect(status).toBe(200);
    expect(JSON.stringify(data)).toContain('"Person"');
    expect(JSON.stringify(data)).not.toContain('join__');
  });

  test('a typing error gets a suggestion', async () => {
    expect((await developed.ask('{ peopl { id } }')).errors![0]!.message).toContain('Did you mean "people"?');
  });

  test("a browser gets Apollo's Sandbox at the graph's own address, and / and /sandbox lead there", async () => {
    const page = await send({ method: 'GET', headers: { accept: 'text/html' } }, developed.url);
    expect(page.text).toContain('embeddable-sandbox');
    for (const path of ['/', '/sandbox'])
      expect((await send({ method: 'GET' }, new URL(path, developed.url).href)).headers).toMatchObject({
        location: '/graphql',
      });
  });

  test('GraphiQL is wholly served from here, and its policy lets it load nothing else', async () => {
    const { text, headers } = await send({ method: 'GET' }, new URL('/graphiql', developed.url).href);
    const named = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
    expect(named).toHaveLength(6);
    for (const address of named) {
      expect(address).toMatch(/^(\/graphiql\/|data:,)/);
      if (address !== 'data:,')
        expect((await send({ method: 'GET' }, new URL(address, developed.url).href)).status).toBe(200);
    }
    expect(text).not.toMatch(/https?:\/\/|["'(]\/\//);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
  });
});

describe('web pages of other origins', () => {
  const corsOf = (headers: Record<string, unknown>) =>
    Object.keys(headers).filter((name) => name.startsWith('access-control'));
  const preflight = (origin: string, url: string) =>
    send({ method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } }, url);

  test.each([
    'https://evil.example',
    'null',
    'https://game.example.evil',
    'http://game.example',
    'https://studio.apollographql.com',
  ])('%s may not call', async (origin) => {
    const asked = await preflight(origin, graph.url);
    expect(corsOf(asked.headers)).toEqual([]);
    expect(corsOf((await send({ headers: { ...json, origin }, body: hello })).headers)).toEqual([]);
  });

  test('a listed one may call, without cookies', async () => {
    const { status, headers } = await preflight('https://game.example', graph.url);
    expect(status).toBe(204);
    expect(headers).toMatchObject({ 'access-control-allow-origin': 'https://game.example', vary: 'Origin' });
    expect(headers['access-control-allow-headers']).toContain('authorization');
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test("Apollo's Sandbox may call in development", async () => {
    const { headers } = await preflight('https://studio.apollographql.com', developed.url);
    expect(headers).toMatchObject({ 'access-control-allow-origin': 'https://studio.apollographql.com' });
  });
});
