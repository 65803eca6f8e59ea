import { type IncomingMessage, type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestGraph, gatewaySecret, startTestGraph, supergraphFile, tokenFor } from './graph.ts';
import { termsForAll } from '../supergraph/subgraphTerms.ts';

/** Stands where the subgraph `things` should be, and does what no good subgraph does. */
async function startBadSubgraph() {
  const requests: { headers: IncomingMessage['headers']; url: string | undefined }[] = [];
  const bad = { behave: ((_, response) => response.end()) as RequestListener, requests };
  const server = createServer((request, response) => {
    requests.push({ headers: request.headers, url: request.url });
    bad.behave(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql?of=things`;
  const stop = () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));
  return Object.assign(bad, { url, stop });
}

let graph: TestGraph;
let bad: Awaited<ReturnType<typeof startBadSubgraph>>;
let whole: TestGraph;
beforeAll(async () => {
  bad = await startBadSubgraph();
  whole = await startTestGraph();
  const urls = { people: whole.subgraphs.people.url, things: bad.url, deeds: 'http://127.0.0.1:1/graphql' };
  graph = await startTestGraph({
    supergraph: { file: supergraphFile, urls },
    subgraphs: termsForAll({ timeoutMs: 2000 }),
  });
});
afterAll(async () => {
  await graph.stop();
  await whole.stop();
  await bad.stop();
});

const json =
  (status: number, value: unknown): RequestListener =>
  (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(typeof value === 'string' ? value : JSON.stringify(value));
const away = {
  message: 'The part of the graph called "things" is not available at the moment.',
  extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'things' },
};
const late = {
  message: 'The part of the graph called "things" took too long to answer.',
  extensions: { code: 'SUBGRAPH_TIMEOUT', serviceName: 'things' },
};

test('a subgraph that is down leaves the data of the others, and one error', async () => {
  const { status, data, errors } = await graph.ask(
    '{ hello(name: "you") me { points } }',
    {},
    { authorization: tokenFor('ada') },
  );
  expect({ status, data }).toEqual({ status: 200, data: { hello: 'hello you', me: null } });
  expect(errors).toEqual([
    {
      message: 'The part of the graph called "deeds" is not available at the moment.',
      extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'deeds' },
    },
  ]);
});

test.each<[string, RequestListener, object]>([
  ['hangs before its answer', () => {}, late],
  [
    'hangs within its answer',
    (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":'),
    late,
  ],
  ['redirects', (_, response) => void response.writeHead(307, { location: whole.subgraphs.things.url }).end(), away],
  [
    'answers HTML',
    (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>proxy at 10.0.0.7</h1>'),
    away,
  ],
  ['answers half of its JSON', json(200, '{"data":{"things":[{"id"'), away],
  ['answers a list', json(200, []), away],
  ['answers nothing of GraphQL', json(200, { ok: true }), away],
  ['cuts the connection', (request) => void request.socket.destroy(), away],
  ['answers more than fits', json(200, { data: { things: [{ id: 'x'.repeat(11 * 1024 * 1024) }] } }), away],
])('a subgraph that %s is one clear error', async (_, behave, error) => {
  bad.behave = behave;
  const { data, errors } = await graph.ask('{ hello(name: "you") things { id } }');
  expect({ data, errors }).toEqual({ data: null, errors: [error] });
});

test.each<[string, object, object]>([
  [
    'passes with a known code, and of the rest what clients may read',
    { message: 'Too late.', extensions: { code: 'CONFLICT', faults: ['a'], of: 3, stacktrace: ['at /srv'] } },
    { message: 'Too late.', extensions: { code: 'CONFLICT', faults: ['a'], serviceName: 'things' } },
  ],
  [
    'is hidden without a code',
    { message: 'select 1 from /srv' },
    { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
  ],
  [
    'is hidden with an unknown code',
    { message: 'ECONNREFUSED redis', extensions: { code: 'REDIS' } },
    { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
  ],
  [
    'is hidden when it is about the request that the gateway made',
    { message: 'Cannot query field "secret"', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
  ],
  [
    'sets no status and no header of ours',
    { message: 'No.', extensions: { code: 'FORBIDDEN', http: { status: 500, headers: { 'set-cookie': 'a=b' } } } },
    { message: 'No.', extensions: { code: 'FORBIDDEN', serviceName: 'things' } },
  ],
])("a subgraph's error %s", async (_, sent, expected) => {
  bad.behave = json(200, { data: null, errors: [sent] });
  const { status, errors } = await graph.ask('{ things { id } }');
  expect({ status, errors }).toEqual({ status: 200, errors: [expected] });
});

test('what an error hides is in the log, with the subgraph and the request', async () => {
  bad.behave = json(200, { data: null, errors: [{ message: 'select 1 from /srv' }] });
  await graph.ask('{ things { id } }', {}, { 'x-request-id': 'a-request-of-mine' });
  const line = graph.logged.find((each) => each.includes('a-request-of-mine') && each.includes('select 1 from /srv'));
  expect(JSON.parse(line!)).toMatchObject({ service: 'things', requestId: 'a-request-of-mine' });
});

test.each(['"__proto__"', '"__proto\\u005f_"', '"constructor": {"prototype"'])(
  'an answer with %s changes no prototype',
  async (key) => {
    const tail = key.includes('{') ? '}' : '';
    bad.behave = json(
      200,
      `{"data":{"things":[{"id":"t1","title":"a",${key}: {"polluted": true}${tail}}], ${key}: {"polluted": true}${tail}}}`,
    );
    const { data } = await graph.ask('{ things { id title } }');
    expect(data).toEqual({ things: [{ id: 't1', title: 'a' }] });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  },
);

test('exactly the caller, the request id and our own credential travel to a subgraph', async () => {
  bad.behave = json(200, { data: { things: [] } });
  bad.requests.length = 0;
  const authorization = tokenFor('ada');
  await graph.ask(
    '{ things { id } }',
    {},
    {
      authorization,
      'x-request-id': 'a-request-of-mine',
      cookie: 'a=b',
      'x-user-id': 'root',
      'x-gateway-secret': 'guessed',
      'x-forwarded-for': '10.0.0.1',
      'apollo-federation-include-trace': 'ftv1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
  );
  const [{ headers, url } = { headers: {}, url: '' }] = bad.requests;
  const { host: _, 'content-length': __, connection: ___, ...sent } = headers;
  expect(sent).toEqual({
    'content-type': 'application/json',
    accept: 'application/json',
    'x-request-id': 'a-request-of-mine',
    'x-client-address': '127.0.0.1',
    'x-gateway-secret': gatewaySecret,
    // A trace goes on.
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    authorization,
  });
  expect(url).toBe('/graphql?of=things');
});

test('the gateway stays ready while a subgraph is away, so that no balancer takes every replica out', async () => {
  const ready = (each: TestGraph) => fetch(each.url.replace('graphql', 'ready')).then(({ status }) => status);
  expect([await ready(whole), await ready(graph)]).toEqual([200, 200]);
  expect((await fetch(graph.url.replace('graphql', 'health'))).status).toBe(200);
});
