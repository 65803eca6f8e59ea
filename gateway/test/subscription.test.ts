import type { GraphQLError } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';

let graph: TestGraph;
const clients: Client[] = [];
beforeAll(async () => {
  graph = await startTestGraph();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
  await until(() => graph.streams.size === 0, 'every stream at the subgraph is closed');
});
afterAll(() => graph.stop());

interface Result {
  data?: unknown;
  errors?: unknown;
}

function connect(authorization: unknown, url = graph.socketUrl): Client {
  const client = createClient({ url, webSocketImpl: WebSocket, connectionParams: { authorization }, retryAttempts: 0 });
  clients.push(client);
  return client;
}

/** Collects what one operation gets. */
function listen(client: Client, query: string, variables?: Record<string, unknown>) {
  const heard = { results: [] as Result[], error: undefined as unknown, completed: false, stop: () => {} };
  heard.stop = client.subscribe(
    { query, ...(variables && { variables }) },
    {
      next: (result) => void heard.results.push(result as Result),
      error: (error) => void (heard.error = error),
      complete: () => void (heard.completed = true),
    },
  );
  return heard;
}

const streams = (count: number) =>
  until(() => graph.streams.size === count, `${count} streams are open at the subgraph`);
const wholeDeed = 'subscription { done { number thing { title } person { name points } } }';

test('an event reaches its subscriber with fields of three subgraphs, and nobody else', async () => {
  const ada = listen(connect(tokenFor('ada')), wholeDeed);
  const bob = listen(connect(tokenFor('bob')), wholeDeed);
  await streams(2);
  graph.did('ada', 't1');
  graph.did('bob', 't2');
  await until(() => ada.results.length > 0 && bob.results.length > 0, 'both have heard');
  expect(ada.results).toEqual([
    {
      data: {
        done: {
          number: expect.any(Number),
          thing: { title: 'Thing t1' },
          person: { name: 'ada the brave', points: expect.any(Number) },
        },
      },
    },
  ]);
  expect(bob.results).toMatchObject([
    { data: { done: { thing: { title: 'Thing t2' }, person: { name: 'bob the brave' } } } },
  ]);
});

test('a mutation over HTTP is what makes it fire', async () => {
  const ada = listen(connect(tokenFor('ada')), wholeDeed);
  await streams(1);
  expect(
    (await graph.ask('mutation { do(thing: "t2") }', {}, { authorization: tokenFor('ada') })).errors,
  ).toBeUndefined();
  await until(() => ada.results.length === 1, 'the deed is heard');
});

test('events come in their order, however long each takes to complete', async () => {
  const { results } = listen(connect(tokenFor('ada')), wholeDeed);
  await streams(1);
  for (let count = 0; count < 50; count++) graph.did('ada', `t${count % 7}`);
  await until(() => results.length === 50, 'all are heard');
  const numbers = results.map(({ data }) => (data as { done: { number: number } }).done.number);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
});

test('aliases, fragments, variables and conditions below the root work as in a query', async () => {
  const query = `subscription Deeds($atLeast: Int, $titled: Boolean = false) { ...Root }
    fragment Root on Subscription { deed: done(atLeast: $atLeast) { type: __typename n: number what: thing { id title @include(if: $titled) } } }`;
  const { results } = listen(connect(tokenFor('ada')), query, { atLeast: 1 });
  await streams(1);
  graph.did('ada', 't1');
  await until(() => results.length === 1, 'it is heard');
  expect(results).toEqual([{ data: { deed: { type: 'Deed', n: expect.any(Number), what: { id: 't1' } } } }]);
});

test('many subscriptions of many users use one socket to the subgraph', async () => {
  const heard = ['ada', 'bob', 'cyd'].map((name) => listen(connect(tokenFor(name)), wholeDeed));
  await streams(3);
  expect(graph.gateway.metrics.snapshot()).toMatchObject({ upstreamSockets: 1, upstreamStreams: 3, groups: 3 });
  for (const each of heard) each.stop();
});

test('leaving closes the stream at the subgraph without waiting for an event', async () => {
  const { stop } = listen(connect(tokenFor('ada')), wholeDeed);
  await streams(1);
  stop();
  await streams(0);
});

test('queries and mutations over the socket go the same way as over HTTP', async () => {
  const client = connect(tokenFor('ada'));
  const query = listen(client, '{ me { name } broken }');
  const mutation = listen(client, 'mutation { rename(name: "Countess") { name } }');
  await until(() => query.completed && mutation.completed, 'both are answered');
  expect(query.results).toEqual([
    {
      data: { me: { name: 'ada the brave' }, broken: null },
      errors: [{ message: 'Internal server error', path: ['broken'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    },
  ]);
  expect(mutation.results).toEqual([{ data: { rename: { name: 'Countess' } } }]);
});

test.each([
  ['a syntax error', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
  ['an unknown field', 'subscription { dne { number } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['two fields at the root', 'subscription { done { number } other: done { number } }', 'GRAPHQL_VALIDATION_FAILED'],
  [
    'a condition at the root',
    'subscription($a: Boolean!) { done @include(if: $a) { number } }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'a condition at the root, in a fragment',
    'subscription($a: Boolean!) { ...F } fragment F on Subscription { done @skip(if: $a) { number } }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
  ['a variable of another type', 'subscription($n: Int!) { done(atLeast: $n) { number } }', 'BAD_USER_INPUT'],
  ['introspection', '{ __schema { queryType { name } } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['two operations and no name', 'query A { deeds } query B { deeds }', 'OPERATION_RESOLUTION_FAILURE'],
  ['too many tokens', `{ ${'a '.repeat(1001)} }`, 'MAX_TOKENS_LIMIT'],
  ['too many root fields', `{ ${'deeds '.repeat(21)} }`, 'MAX_ROOT_FIELDS_LIMIT'],
])('%s is answered with `error`, and the socket and its other subscriptions live on', async (_, query, code) => {
  const client = connect(tokenFor('ada'));
  const other = listen(client, wholeDeed);
  const refused = listen(client, query, { n: 'x', a: true });
  await until(() => refused.error, 'it is refused');
  expect(new Set((refused.error as GraphQLError[]).map(({ extensions }) => extensions['code']))).toEqual(
    new Set([code]),
  );
  expect(refused).toMatchObject({ results: [], completed: false });
  await streams(1);
  graph.did('ada', 't1');
  await until(() => other.results.length === 1, 'the other is served');
});

/** What a hand-made client gets from the door: its frames and how the socket was closed. */
async function talk(
  messages: unknown[],
  { protocol = 'graphql-transport-ws', origin = '', url = graph.socketUrl } = {},
) {
  const socket = new WebSocket(url, protocol ? [protocol] : [], origin ? { origin } : {});
  const talked = {
    frames: [] as unknown[],
    closed: undefined as number | undefined,
    refused: undefined as number | undefined,
    socket,
  };
  socket.on('message', (data) => talked.frames.push(JSON.parse(String(data))));
  socket.on('close', (code) => (talked.closed ??= code));
  socket.on('error', () => {});
  socket.on('unexpected-response', (_, response) => ((talked.refused = response.statusCode), socket.terminate()));
  socket.on('open', () =>
    messages.forEach((message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message))),
  );
  await until(() => talked.closed !== undefined || talked.frames.length > 0, 'the door answers');
  return talked;
}
const init = (authorization?: unknown) => ({ type: 'connection_init', payload: { authorization } });

test.each<[string, unknown[], number]>([
  ['a token that is none', [init('Bearer a.b.c')], 4403],
  ['a token that has ended', [init(tokenFor('ada', -10))], 4403],
  ['a subscribe before the ack', [{ id: '1', type: 'subscribe', payload: { query: '{ deeds }' } }], 4401],
  ['no JSON', ['{'], 4400],
  ['null', ['null'], 4400],
  ['a message of the old protocol', [{ type: 'start', id: '1', payload: {} }], 4400],
  ['a frame that is too large', ['x'.repeat(70 * 1024)], 1009],
])('%s closes the socket with its own code', async (_, messages, code) => {
  const talked = await talk(messages);
  await until(() => talked.closed !== undefined, 'it is closed');
  expect(talked).toMatchObject({ frames: [], closed: code });
});

test('who shows no token is served what is the same for everyone, and nothing else', async () => {
  const talked = await talk([init()]);
  expect(talked.frames).toEqual([{ type: 'connection_ack' }]);
  const subscribe = (id: string, query: string) =>
    talked.socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
  subscribe('1', 'subscription { told { number } }');
  await until(() => talked.frames.length === 2, 'it is refused');
  expect(talked.frames[1]).toMatchObject({
    ...{ id: '1', type: 'error' },
    payload: [{ extensions: { code: 'UNAUTHENTICATED' } }],
  });
  const before = graph.tellings.open();
  subscribe('2', 'subscription { news { person { name } } }');
  await until(() => graph.tellings.open() === before + 1, 'the stream is open');
  graph.tellings.tell('ada', 't1');
  await until(() => talked.frames.length === 3, 'it is told');
  expect(talked.frames[2]).toMatchObject({
    id: '2',
    payload: { data: { news: { person: { name: 'ada the brave' } } } },
  });
  talked.socket.close();
  await until(() => graph.tellings.open() === before, 'the stream is closed');
});

test('the acknowledgement says when the token ends', async () => {
  const talked = await talk([init(tokenFor('ada', 60))]);
  expect(talked.frames).toEqual([{ type: 'connection_ack', payload: { exp: expect.any(Number) } }]);
  talked.socket.close();
});

test('a second connection_init and a second subscription of the same id close the socket', async () => {
  const twice = await talk([init(tokenFor('ada')), init(tokenFor('ada'))]);
  await until(() => twice.closed === 4429, 'it is closed');
  const talked = await talk([init(tokenFor('ada'))]);
  const subscribe = JSON.stringify({ id: '1', type: 'subscribe', payload: { query: wholeDeed } });
  talked.socket.send(subscribe);
  talked.socket.send(subscribe);
  await until(() => talked.closed === 4409, 'it is closed');
});

test('a socket without connection_init is closed', async () => {
  const talked = await talk([]).catch(() => undefined);
  expect(talked).toMatchObject({ closed: 4408 });
});

test('a socket is closed when its token ends, and its streams with it', async () => {
  const talked = await talk([init(tokenFor('ada', 2))]);
  talked.socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: wholeDeed } }));
  await streams(1);
  await until(() => talked.closed === 4403, 'it is closed');
  await streams(0);
});

test.each([
  ['without a sub-protocol', '', 4406],
  ['of the old sub-protocol', 'graphql-ws', 1006], // the handshake names no protocol, so the client itself leaves
])('a client %s is sent away', async (_, protocol, code) => {
  expect(await talk([], { protocol })).toMatchObject({ frames: [], closed: code });
});

test.each([
  ['https://evil.example', 403],
  ['null', 403],
  ['https://game.example.evil', 403],
])('a page of %s cannot open a socket', async (origin, status) => {
  const talked = await talk([init(tokenFor('ada'))], { origin });
  expect(talked).toMatchObject({ frames: [], refused: status });
});

test('a listed page can open a socket, and so can one served from here', async () => {
  for (const origin of ['https://game.example', new URL(graph.url).origin]) {
    const talked = await talk([init(tokenFor('ada'))], { origin });
    expect(talked.frames).toMatchObject([{ type: 'connection_ack' }]);
    talked.socket.close();
  }
});

test('there is no socket at another address', async () => {
  expect(await talk([], { url: graph.socketUrl.replace('graphql', 'other') })).toMatchObject({ refused: 404 });
});

test('compression is not negotiated', async () => {
  const talked = await talk([init(tokenFor('ada'))]);
  expect(talked.socket.extensions).toBe('');
  talked.socket.close();
});

test('stopping closes sockets with 1001, ends their streams, and leaves nothing open', async () => {
  const own = await startTestGraph();
  const talked = await talk([init(tokenFor('ada'))], { url: own.socketUrl });
  talked.socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: wholeDeed } }));
  await until(() => own.streams.size === 1, 'the stream is open');
  await own.gateway.stop();
  await until(() => talked.closed !== undefined, 'it is closed');
  expect(talked.closed).toBe(1001);
  await until(() => own.streams.size === 0, 'the stream is closed');
  await expect(fetch(own.url)).rejects.toThrow();
  await Promise.all(Object.values(own.subgraphs).map((subgraph) => subgraph.stop()));
});
