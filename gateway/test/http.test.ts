import { limits } from '../limits/limits.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';
import { type Sent, json, send } from './request.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

const ask = (sent: Sent) => send(graph.url, { ...sent, headers: { accept: json.accept, ...sent.headers } });

const preflighted = { 'apollo-require-preflight': 'true' };
const hello = '{"query":"{ hello(name: \\"you\\") }"}';
const get = '/graphql?query=' + encodeURIComponent('{ hello(name: "you") }');
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
  ['H5: GET without a preflight header', { method: 'GET', path: get }, 400, 'BAD_REQUEST'],
  [
    'H6: a mutation by GET',
    {
      method: 'GET',
      headers: preflighted,
      path: '/graphql?query=' + encodeURIComponent('mutation { do(thing: "t1") }'),
    },
    405,
    'BAD_REQUEST',
  ],
  [
    'H7: GET with a content type',
    { method: 'GET', headers: { ...preflighted, 'content-type': 'message/x' }, path: get },
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
  ['an address without a graph', { path: '/graphql/x', headers: json, body: hello }, 404, 'NOT_FOUND'],
  [
    'a persisted query whose hash is none',
    { headers: json, body: '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"a"}}}' },
    400,
    'BAD_REQUEST',
  ],
])('%s is refused', async (_, sent, status, code) => {
  const answer = await ask(sent);
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
  expect(JSON.parse((await ask({ headers: json, body: hello })).text)).toEqual({ data: { hello: 'hello you' } });
  expect(JSON.parse((await ask({ method: 'GET', headers: preflighted, path: get })).text)).toEqual({
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
