import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { until } from '../../shared/testing/harness.ts';
import { limits } from '../limits/limits.ts';
import { checkOperations, loadOperations } from '../operations/operations.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';

const folder = join(import.meta.dirname, 'operations');
let graph: TestGraph;
let url: string;
beforeAll(async () => {
  graph = await startTestGraph({ operations: loadOperations(folder) });
  url = new URL('/', graph.url).href.slice(0, -1);
});
afterAll(() => graph.stop());

const ada = { authorization: tokenFor('ada') };
async function ask(address: string, init: RequestInit = {}) {
  const response = await fetch(url + address, init);
  const text = await response.text();
  const body = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, headers: response.headers, body };
}
const put = (body: string, headers: Record<string, string> = {}) =>
  ask('/me/name', { method: 'PUT', body, headers: { ...ada, 'content-type': 'application/json', ...headers } });

describe('an address', () => {
  test('gives its operation the texts of path and query', async () => {
    const { status, body, headers } = await ask('/greetings/J%C3%BCrgen%20M?times=2');
    expect([status, body]).toEqual([200, 'hello Jürgen M, hello Jürgen M']);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
  });
  test('answers one member of the data, with what the route adds', async () => {
    const { body } = await ask('/me', { headers: ada });
    expect(body).toMatchObject({ id: 'ada', name: 'ada the brave', title: 'ada the brave', kind: 'person' });
  });
  test('answers a list as it is', async () => expect((await ask('/people')).body).toHaveLength(2));
  test('takes the body of a change, and answers with the status of the route', async () =>
    expect(await put('{"name":"Lady","reason":"married"}')).toMatchObject({
      status: 202,
      body: { id: 'ada', name: 'Lady' },
    }));
  test('takes a body behind a byte order mark', async () =>
    expect((await put('\uFEFF{"name":"Lady"}')).status).toBe(202));
  test('that is not there is a 404 as problem details', async () => {
    const { status, body, headers } = await ask('/me');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: expect.any(String),
      code: 'NOT_FOUND',
      requestId: headers.get('x-request-id'),
    });
  });
  test('that no route has is none of this door', async () =>
    expect(await ask('/nowhere')).toMatchObject({ status: 404, body: { errors: [expect.anything()] } }));
});

test.each<[string, string, RequestInit, number, string, RegExp]>([
  ['another method', '/me', { method: 'POST' }, 405, 'BAD_REQUEST', /GET, HEAD, OPTIONS/],
  ['text where a number stands', '/greetings/a?times=two', {}, 400, 'BAD_USER_INPUT', /times must be a whole number/],
  ['a number with a fraction', '/greetings/a?times=1.5', {}, 400, 'BAD_USER_INPUT', /whole number/],
  ['a number beyond the type', '/greetings/a?times=99999999999', {}, 400, 'BAD_USER_INPUT', /times/],
  ['a parameter given twice', '/greetings/a?times=1&times=2', {}, 400, 'BAD_USER_INPUT', /2 times/],
  ['an unknown parameter', '/greetings/a?x=1', {}, 400, 'BAD_USER_INPUT', /x is not known here/],
  ['a path that is not UTF-8', '/greetings/%ff', {}, 400, 'BAD_REQUEST', /UTF-8/],
  ['a fault inside', '/broken', {}, 500, 'INTERNAL_SERVER_ERROR', /^Internal server error$/],
  ['a token that is none', '/me', { headers: { authorization: 'Bearer x' } }, 401, 'UNAUTHENTICATED', /token/],
  ['a password where none is taken', '/me', { headers: { authorization: 'Basic YTpi' } }, 401, 'UNAUTHENTICATED', /./],
])('%s is refused', async (_, address, init, status, code, detail) => {
  const answer = await ask(address, init);
  expect(answer).toMatchObject({ status, body: { status, code, detail: expect.stringMatching(detail) as string } });
  if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  if (status === 405) expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
});

test.each<[string, string, Record<string, string>, number, string, RegExp]>([
  ['that is no JSON', '{"name":', {}, 400, 'BAD_REQUEST', /JSON/],
  ['that is a list', '["Lady"]', {}, 400, 'BAD_USER_INPUT', /JSON object/],
  ['with an unknown member', '{"name":"a","role":"ADMIN"}', {}, 400, 'BAD_USER_INPUT', /role is not known here/],
  ['with a member of another type', '{"name":7}', {}, 400, 'BAD_USER_INPUT', /name/],
  ['without a member that must be', '{}', {}, 400, 'BAD_USER_INPUT', /name is missing/],
  ['of another type', 'name=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'BAD_REQUEST', /json/],
  [
    'in another charset',
    '{"name":"a"}',
    { 'content-type': 'application/json; charset=utf-16' },
    415,
    'BAD_REQUEST',
    /UTF-8/,
  ],
  ['that is too large', `{"name":"${'x'.repeat(limits.bodyBytes)}"}`, {}, 413, 'PAYLOAD_TOO_LARGE', /larger/],
])('a body %s is refused', async (_, body, headers, status, code, detail) =>
  expect(await put(body, headers)).toMatchObject({
    status,
    body: { status, code, detail: expect.stringMatching(detail) as string },
  }),
);

describe('reading again', () => {
  test('what has not changed is a 304 by its ETag', async () => {
    const first = await ask('/people');
    const tag = first.headers.get('etag')!;
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*'])
      expect(await ask('/people', { headers: { 'if-none-match': known } })).toMatchObject({
        status: 304,
        body: undefined,
      });
    expect((await ask('/people', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
  });
  test('HEAD has the head and no body', async () => {
    const { status, headers, body } = await ask('/people', { method: 'HEAD' });
    expect([status, body]).toEqual([200, undefined]);
    expect(headers.get('etag')).toBe((await ask('/people')).headers.get('etag'));
  });
  test('OPTIONS tells what an address takes', async () => {
    const { status, headers } = await ask('/me', { method: 'OPTIONS' });
    expect([status, headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
  });
});

describe('a stream', () => {
  async function listen(headers: Record<string, string> = {}) {
    const abort = new AbortController();
    const response = await fetch(`${url}/told`, { headers: { ...ada, ...headers }, signal: abort.signal });
    const heard = { status: response.status, text: '', stop: () => abort.abort() };
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const read = async (): Promise<void> => {
      const { value, done } = await reader.read();
      if (done) return;
      heard.text += value;
      return read();
    };
    read().catch(() => undefined);
    return heard;
  }
  const numbers = (text: string) => [...text.matchAll(/"number":(\d+)/g)].map(([, number]) => Number(number));

  test('comes as events with their cursor as id, and goes on behind the one that was seen', async () => {
    const first = await listen();
    expect(first.status).toBe(200);
    await until(() => graph.tellings.open() === 1, 'the stream is open');
    graph.tellings.tell('ada', 't1');
    await until(() => numbers(first.text).length === 1, 'one event is heard');
    first.stop();
    expect(first.text).toMatch(
      /id: \S+\nevent: listen\ndata: \{"cursor":"[^"]+","number":\d+,"thing":\{"title":"Thing t1"\}\}\n\n/,
    );
    await until(() => graph.tellings.open() === 0, 'the stream is closed');
    graph.tellings.tell('ada', 't2');
    const again = await listen({ 'last-event-id': /id: (\S+)/.exec(first.text)![1]! });
    await until(() => numbers(again.text).length === 1, 'the missed event is heard');
    again.stop();
    expect(numbers(again.text)[0]).toBe(numbers(first.text)[0]! + 1);
  });
  test('without a token is refused as problem details', async () =>
    expect(await ask('/told')).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } }));
});

describe('the documentation', () => {
  test('tells each operation from its document and the schema', async () => {
    const { body } = await ask('/api/openapi.json');
    expect(body).toMatchObject({ openapi: '3.1.0' });
    const paths = body!['paths'] as Record<string, Record<string, unknown>>;
    expect(Object.keys(paths)).toEqual(['/greetings/{name}', '/me', '/people', '/broken', '/me/name', '/told']);
    expect(paths['/greetings/{name}']!['get']).toMatchObject({
      operationId: 'greet',
      summary: 'A greeting, several times.',
      parameters: [
        { name: 'name', in: 'path', required: true, schema: { type: 'string' } },
        { name: 'times', in: 'query', required: false, schema: { type: ['integer', 'null'] } },
      ],
    });
    expect(paths['/told']!['get']).toMatchObject({ description: 'It goes on behind the cursor of the last one.' });
  });
  test('has a page, all of it from here', async () => {
    for (const address of ['/docs', '/docs/swagger-ui.css', '/docs/swagger-ui.js', '/docs/start.js']) {
      const response = await fetch(url + address);
      expect([address, response.status]).toEqual([address, 200]);
      await response.arrayBuffer();
    }
    expect(await (await fetch(`${url}/docs`)).text()).not.toMatch(/https?:/);
  });
});

describe('a folder of operations', () => {
  const folderOf = (files: Record<string, string>) => {
    const place = mkdtempSync(join(tmpdir(), 'operations-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text);
    return place;
  };
  const one = { 'one.graphql': 'query one($id: ID) { people { id } hello(name: "a") }' };
  test.each<[string, Record<string, string>, RegExp]>([
    ['without operations', {}, /There is no operation in/],
    ['with text that is not GraphQL', { 'one.graphql': '{\n  me {' }, /one\.graphql: line 2 is not GraphQL/],
    ['with an operation of another name', { 'one.graphql': 'query two { me { id } }' }, /is named two/],
    ['with an operation without a name', { 'one.graphql': '{ me { id } }' }, /is not named/],
    ['with two operations in a file', { 'one.graphql': 'query one { a } query two { a }' }, /has 2 operations/],
    [
      'with a route of an operation that is not there',
      { ...one, 'rest.yaml': 'two: { rest: GET /two, answer: me }' },
      /line 1: two is no operation/,
    ],
    ['with a route without an address', { ...one, 'rest.yaml': '\none: { answer: me }' }, /line 2: one needs rest/],
    ['with a route without an answer', { ...one, 'rest.yaml': 'one: { rest: GET /one }' }, /needs answer/],
    [
      'with a parameter that is no variable',
      { ...one, 'rest.yaml': "one: { rest: 'GET /one/{x}', answer: me }" },
      /no variable x/,
    ],
    ['with an unknown setting', { ...one, 'rest.yaml': 'one: { rest: GET /one, answer: me, boddy: x }' }, /has boddy/],
    [
      'with a change by GET',
      { 'two.graphql': 'mutation two { a }', 'rest.yaml': 'two: { rest: GET /two, answer: a }' },
      /GET must not/,
    ],
  ])('%s is refused with its place', (_, files, fault) => expect(() => loadOperations(folderOf(files))).toThrow(fault));

  test('of several folders are served as one', () => {
    const other = folderOf({ 'two.graphql': 'query two { a }', 'rest.yaml': 'two: { rest: GET /two, answer: a }' });
    const { byName, routes, grpc } = loadOperations(folder, other);
    expect([byName.has('whoAmI'), byName.has('two'), routes.at(-1)?.path]).toEqual([true, true, '/two']);
    expect(grpc).toEqual(loadOperations(folder).grpc);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'the name of an operation',
      { 'whoAmI.graphql': 'query whoAmI { me { id } }' },
      /Two folders of operations have whoAmI/,
    ],
    ['a service of gRPC', { ...one, 'grpc.yaml': 'package: a.v1\nservice: A' }, /More than one of .* has a grpc.yaml/],
  ])('of two folders that both have %s are refused', (_, files, fault) =>
    expect(() => loadOperations(folder, folderOf(files))).toThrow(fault),
  );

  test('that does not fit the supergraph is refused with the first fault of each operation', () => {
    const operations = loadOperations(folderOf({ 'one.graphql': 'query one {\n  nobody\n}' }));
    expect(() => checkOperations(operations, buildSchema('type Query { me: Int }'))).toThrow(
      /one: line 2: Cannot query field "nobody"/,
    );
  });
});

test('the folder that the README shows is served as it says', async () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const place = mkdtempSync(join(tmpdir(), 'studio-'));
  for (const [, name, text] of readme.matchAll(/^```\w+\n# studio\/(\S+)\n([^]*?)^```$/gm))
    writeFileSync(join(place, name!), text!);
  const [, address, answer] = /curl 'localhost:4000([^']+)'` answers `([^`]+)`/.exec(readme)!;
  const studio = await startTestGraph({ operations: loadOperations(place) });
  try {
    expect(await (await fetch(new URL(address!, studio.url))).text()).toBe(answer);
  } finally {
    await studio.stop();
  }
});
