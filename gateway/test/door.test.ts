import { WebSocket } from 'ws';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, startTestGraph, supergraphFile, tokenFor } from './graph.ts';
import { connect, listen } from './listener.ts';
import { startWire } from './wire.ts';

const told = 'subscription ($after: String) { told(after: $after) { number } }';
let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph({ connectionLimits: { strangersPerAddress: 30 } });
});
afterAll(() => graph.stop());

const metrics = () => graph.gateway.metrics.snapshot();
const nobody = () => until(() => metrics().sockets === 0 && metrics().groups === 0, 'everybody has left');

/** A socket without a library: what it got, and how it ended. */
function dial(authorization?: string, url = graph.socketUrl) {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  const dialled = {
    socket,
    frames: [] as { type: string; payload?: never }[],
    closed: undefined as number | undefined,
    status: 0,
  };
  socket.on('error', () => {});
  socket.on('unexpected-response', (_, response) => ((dialled.status = response.statusCode!), socket.terminate()));
  socket.on('message', (data) => dialled.frames.push(JSON.parse(String(data)) as (typeof dialled.frames)[number]));
  socket.on('close', (code) => (dialled.closed = code));
  if (authorization)
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })));
  return dialled;
}
const acknowledged = (...dialled: ReturnType<typeof dial>[]) =>
  until(() => dialled.every(({ frames }) => frames.length > 0), 'they are acknowledged');

test('with the sixth socket of a user the oldest is sent away, in a way that lets it come again; another user is left alone', async () => {
  const other = dial(tokenFor('bob'));
  await acknowledged(other);
  const five: ReturnType<typeof dial>[] = [];
  for (let n = 0; n < 5; n++) {
    five.push(dial(tokenFor('ada')));
    await acknowledged(...five);
  }
  const sixth = dial(tokenFor('ada'));
  await until(() => five[0]!.closed === 1013, 'the oldest is closed');
  await acknowledged(sixth);
  expect([...five.slice(1), sixth, other].map(({ closed }) => closed)).toEqual(Array(6).fill(undefined));
  for (const { socket } of [...five, other, sixth]) socket.close();
  await nobody();
});

test('too many strangers from one address are refused before they are upgraded, and leave space again', async () => {
  const strangers = Array.from({ length: 31 }, () => dial());
  await until(() => strangers.some(({ status }) => status === 429), 'one is refused');
  expect(strangers.filter(({ status }) => status === 429)).toHaveLength(1);
  for (const { socket } of strangers) socket.terminate();
  await nobody();
  const next = dial(tokenFor('ada'));
  await acknowledged(next);
  next.socket.close();
  await nobody();
});

test('the twenty-first subscription of a socket is refused, and the twenty live on', async () => {
  const client = connect(graph.socketUrl, tokenFor('cyd'));
  const heard = Array.from({ length: 21 }, () => listen(client, told));
  const refused = await until(() => heard.find(({ error }) => error), 'one is refused');
  expect(refused.error!.map(({ extensions }) => extensions['code'])).toEqual(['TOO_MANY_SUBSCRIPTIONS']);
  await until(() => graph.tellings.open() === 1, 'the stream is open');
  graph.tellings.tell('cyd', 't1');
  await until(() => heard.filter(({ results }) => results.length === 1).length === 20, 'the others are served');
  await client.dispose();
  await nobody();
});

test.each<[string, (socket: WebSocket) => void]>([
  ['messages', (socket) => socket.send(JSON.stringify({ type: 'ping' }))],
  ['pings', (socket) => socket.ping()],
])('a flood of %s closes the socket, and no other', async (_, shout) => {
  const [flood, neighbour] = [dial(tokenFor('dan')), dial(tokenFor('eva'))];
  await acknowledged(flood, neighbour);
  for (let n = 0; n < 300; n++) shout(flood.socket);
  await until(() => flood.closed !== undefined, 'it is closed');
  expect(neighbour.closed).toBeUndefined();
  neighbour.socket.close();
  await nobody();
});

test('a half-open socket is gone after two pings without an answer, and its stream with it', async () => {
  const own = await startTestGraph({ timing: { pingMs: 500 } });
  const wire = await startWire(Number(new URL(own.url).port));
  const dialled = dial(tokenFor('fay'), wire.url.replace('http', 'ws'));
  await acknowledged(dialled);
  dialled.socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: told } }));
  await until(() => own.tellings.open() === 1, 'the stream is open');
  const bury = wire.deaden();
  await until(() => own.gateway.metrics.snapshot().sockets === 0, 'the socket is given up');
  expect(own.gateway.metrics.snapshot().rejects['half-open']).toBe(1);
  await until(() => own.tellings.open() === 0, 'the stream is closed');
  bury();
  await wire.stop();
  await own.stop();
});

test('those who are meant are sent away with 4403 at once, and nobody else', async () => {
  const [gone, stays] = [dial(tokenFor('gus')), dial(tokenFor('hal'))];
  await acknowledged(gone, stays);
  graph.gateway.sendAway(({ sessionId }) => sessionId === 'session-of-gus');
  await until(() => gone.closed === 4403, 'it is closed');
  expect(stays.closed).toBeUndefined();
  stays.socket.close();
  await nobody();
});

test('one bad message harms nobody else', async () => {
  const client = connect(graph.socketUrl, tokenFor('ivy'));
  const heard = listen(client, told);
  await until(() => graph.tellings.open() === 1, 'the stream is open');
  for (const bad of ['{', 'null', '{"type":"start"}', '{"type":"subscribe","id":1}']) {
    const dialled = dial(tokenFor('jim'));
    await acknowledged(dialled);
    dialled.socket.send(bad);
    await until(() => dialled.closed === 4400, 'it is closed');
  }
  graph.tellings.tell('ivy', 't1');
  await until(() => heard.results.length === 1, 'the neighbour is served');
  await client.dispose();
  await nobody();
});

test('who comes back all at once, each from where it stopped, gets everything, once each', async () => {
  const own = await startTestGraph({
    connectionLimits: { connectionsPerUser: 1000, connectionsPerAddress: 5000, strangersPerAddress: 5000 },
  });
  const count = 2000;
  const people = Array.from({ length: 100 }, (_, n) => `player${n}`);
  const tokens = people.map((person) => tokenFor(person));
  for (const person of people) for (let n = 0; n < 3; n++) own.tellings.tell(person, 't1');
  const sockets = Array.from({ length: count }, (_, n) => {
    const person = people[n % people.length]!;
    const dialled = dial(tokens[n % people.length], own.socketUrl);
    const payload = { query: told, variables: { after: `${person}-1` } };
    dialled.socket.once('message', () => dialled.socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload })));
    return dialled;
  });
  const numbers = ({ frames }: ReturnType<typeof dial>) =>
    frames
      .slice(1)
      .map(({ payload }) => (payload as unknown as { data: { told: { number: number } } }).data.told.number);
  await until(() => sockets.every(({ frames }) => frames.length >= 3), 'each has what it missed');
  await until(() => own.gateway.metrics.snapshot().groups === people.length, 'who stands at the same event shares');
  for (const person of people) own.tellings.tell(person, 't1');
  await until(() => sockets.every(({ frames }) => frames.length >= 4), 'each has what is new');
  expect(new Set(sockets.map((each) => numbers(each).join()))).toEqual(new Set(['2,3,4']));
  for (const { socket } of sockets) socket.terminate();
  await own.stop();
});

test('leaving: not ready, no new sockets, the others are sent away one by one with 1001, and what is on its way arrives', async () => {
  const wire = await startWire();
  const own = await startTestGraph({ timing: { drainMs: 400 }, ...withPeopleBehind(wire) });
  const sockets = Array.from({ length: 12 }, (_, n) => dial(tokenFor(`player${n}`), own.socketUrl));
  await acknowledged(...sockets);
  const left: number[] = [];
  for (const { socket } of sockets) socket.on('close', () => left.push(performance.now()));
  const stream = await fetch(own.url, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: tokenFor('ada') },
    body: JSON.stringify({ query: 'subscription { told { number } }' }),
  });
  const release = wire.hold();
  const underWay = own.ask('{ hello(name: "you") }');
  await until(() => wire.connections() > 0, 'the question is on its way');
  const stopping = own.gateway.stop();
  expect((await fetch(own.url.replace('graphql', 'ready'))).status).toBe(503);
  const late = dial(tokenFor('late'), own.socketUrl);
  await until(() => late.status === 503, 'a new socket is refused');
  const lateStream = await fetch(own.url, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: tokenFor('late') },
    body: JSON.stringify({ query: 'subscription { told { number } }' }),
  });
  expect(lateStream.status).toBe(503);
  await until(() => left.length === sockets.length, 'all are sent away');
  release();
  expect((await underWay).data).toEqual({ hello: 'hello you' });
  await stopping;
  expect(new Set(sockets.map(({ closed }) => closed))).toEqual(new Set([1001]));
  // Not complete: its client asks elsewhere.
  expect(await stream.text()).not.toContain('complete');
  await wire.stop();
  await Promise.all(Object.values(own.subgraphs).map((subgraph) => subgraph.stop()));
});

/** A supergraph whose subgraph `people`, of the graph of this file, is at the other end of a wire. */
function withPeopleBehind(wire: Awaited<ReturnType<typeof startWire>>) {
  const { people, things, deeds } = graph.subgraphs;
  wire.target = Number(new URL(people.url).port);
  const urls = { people: wire.url, things: things.url, deeds: deeds.url };
  return { supergraph: { file: supergraphFile, urls } };
}

test('who enters while tokens cannot be checked is told to come again, and not that the token is bad', async () => {
  const own = await startTestGraph({ keys: () => Promise.reject(new Error('auth is away')) });
  const dialled = dial(tokenFor('ada'), own.socketUrl);
  await until(() => dialled.closed === 1013, 'it is closed');
  await own.stop();
});

test('an address takes so many connections, sockets and event streams together', async () => {
  const own = await startTestGraph({ connectionLimits: { connectionsPerAddress: 3 } });
  const three = ['ada', 'bob', 'cyd'].map((person) => dial(tokenFor(person), own.socketUrl));
  await acknowledged(...three);
  const fourth = dial(tokenFor('dan'), own.socketUrl);
  await until(() => fourth.status === 429, 'it is refused');
  const headers = { accept: 'text/event-stream', 'content-type': 'application/json', authorization: tokenFor('dan') };
  const body = JSON.stringify({ query: 'subscription { told { number } }' });
  const stream = () => fetch(own.url, { method: 'POST', headers, body });
  expect((await stream()).status).toBe(429);
  three[0]!.socket.close();
  await until(() => own.gateway.metrics.snapshot().sockets === 2, 'one has left');
  expect((await stream()).status).toBe(200);
  for (const { socket } of three) socket.close();
  await own.stop();
});
