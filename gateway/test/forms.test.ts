import { connect as connectTcp } from 'node:net';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';
import { connect, listen } from './listener.ts';
import { type Sent, json, send } from './request.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

const hello = '{"query":"{ hello(name: \\"é\\") }"}';
const answered = '{"data":{"hello":"hello é"}}\n';
const post = (type: string, body: string | Buffer) =>
  send(graph.url, { headers: { accept: json.accept, 'content-type': type }, body });

test.each([
  'application/json',
  'Application/JSON',
  'application/json;charset=utf-8',
  'Application/JSON; charset="UTF-8"',
  'application/json; odata=verbose; charset=utf8',
  'application/json;',
])('a body of the type %s is read', async (type) => {
  expect(await post(type, hello)).toMatchObject({ status: 200, text: answered });
});

test('so is one with a byte order mark', async () => {
  expect(await post('application/json', `\ufeff${hello}`)).toMatchObject({ status: 200, text: answered });
});

test.each(['utf-7', 'ibm500', 'utf-16', 'UTF-16LE', 'iso-8859-1', 'us-ascii', 'x'])(
  'a body in the charset %s is refused, and not read as another',
  async (charset) => {
    const { status, text } = await post(`application/json; charset=${charset}`, hello);
    expect({ status, text }).toEqual({ status: 415, text: expect.stringContaining('BAD_REQUEST') });
  },
);

test.each([
  'application/jsonx',
  'application/json/x',
  'text/json',
  'application/graphql',
  '/',
  'application/xjson;json',
])('a body of the type %s is refused', async (type) => {
  expect((await post(type, hello)).status).toBe(400);
});

test('a body that is in UTF-16 without saying so is no JSON', async () => {
  expect((await post('application/json', Buffer.from(`\ufeff${hello}`, 'utf16le'))).status).toBe(400);
});

/** So many lists in each other, as JSON. */
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const query = 'query ($name: String) { hello(name: $name) }';
const withDeep = (levels: number) => `{"query":"${query}","variables":{"name":${nested(levels)}}}`;

describe.each([64, 10_000, 40_000])('a value of %d levels', (levels) => {
  test.each<[string, () => Promise<string>]>([
    ['POST', async () => (await post('application/json', withDeep(levels))).text],
    [
      'GET',
      async () => {
        const search = new URLSearchParams({ query, variables: `{"name":${nested(Math.min(levels, 2000))}}` });
        const headers = { accept: json.accept, 'apollo-require-preflight': 'true' };
        return (await send(graph.url, { method: 'GET', path: `/graphql?${search}`, headers })).text;
      },
    ],
    [
      'server-sent events',
      async () => {
        const headers = { ...json, accept: 'text/event-stream' };
        return (await send(graph.url, { headers, body: withDeep(levels) })).text;
      },
    ],
    [
      'WebSocket',
      async () => {
        const client = connect(graph.socketUrl, tokenFor('ada'));
        const variables = { name: JSON.parse(nested(Math.min(levels, 2000))) as unknown };
        const heard = listen(client, query, variables);
        await until(() => heard.error ?? heard.completed, 'it is answered');
        await client.dispose();
        return JSON.stringify(heard.error ?? heard.results);
      },
    ],
  ])('is refused by %s as bad input, and nothing fails', async (_, ask) => {
    expect(await ask()).toContain('BAD_USER_INPUT');
    expect(graph.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  });
});

test('a literal that is nested too deeply is refused, and fields beside each other are not', async () => {
  const literal = `{ hello(name: ${nested(65)}) }`;
  expect((await graph.ask(literal)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  const many = `{ ${Array.from({ length: 20 }, (_, n) => `a${n}: hello(name: "x")`).join(' ')} }`;
  expect((await graph.ask(many)).errors).toBeUndefined();
});

test.each([
  '{ hello(name: "__proto__: 1") }',
  '{ hello(name: """__proto__ : 1""") }',
  '# __proto__: a comment\n{ hello(name: "x") }',
])('%j is served: the name stands in a text', async (text) => {
  expect((await graph.ask(text)).errors).toBeUndefined();
});

test.each([
  '{ __proto__: hello(name: "x") }',
  '{ hello(name: { __proto__: 1 }) }',
  'query ($__proto__: String) { hello(name: $__proto__) }',
  '{ people { ...__proto__ } } fragment __proto__ on Person { id }',
])('%s is refused', async (text) => {
  expect((await graph.ask(text)).errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
});

test.each<[string, string]>([
  ['two tokens', `Bearer x`],
  ['the same token twice', tokenFor('ada')],
])('a request with %s is ambiguous, at every door', async (_, second) => {
  const authorization = [tokenFor('ada'), second];
  const sent: Sent[] = [
    { headers: { ...json, authorization }, body: hello },
    { headers: { ...json, accept: 'text/event-stream', authorization }, body: hello },
    { method: 'GET', path: '/graphql?query={deeds}', headers: { 'apollo-require-preflight': 'true', authorization } },
  ];
  for (const each of sent) expect((await send(graph.url, each)).status).toBe(400);
  const headers = authorization.map((token) => `Authorization: ${token}`).join('\r\n');
  expect(await upgrade(`GET /graphql HTTP/1.1\r\n${handshake}${headers}\r\n`)).toContain('400 Bad Request');
});

const handshake = [
  'Host: gateway',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  'Sec-WebSocket-Protocol: graphql-transport-ws',
  '',
].join('\r\n');

/** The first line that an upgrade by hand is answered with. */
function upgrade(head: string): Promise<string> {
  const { port, hostname } = new URL(graph.url);
  return new Promise((resolve, reject) => {
    const socket = connectTcp(Number(port), hostname, () => socket.write(`${head}\r\n`));
    socket.on('data', (chunk) => {
      resolve(String(chunk).split('\r\n')[0]!);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('HTTP/1.0 knows no upgrade', async () => {
  expect(await upgrade(`GET /graphql HTTP/1.0\r\n${handshake}`)).toContain('400 Bad Request');
  expect(await upgrade(`GET /graphql HTTP/1.1\r\n${handshake}`)).toContain('101 Switching Protocols');
});

test('one request has one id, whichever way it is answered', async () => {
  for (const accept of [json.accept, 'text/event-stream']) {
    const { headers } = await send(graph.url, { headers: { ...json, accept }, body: hello });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  }
});
