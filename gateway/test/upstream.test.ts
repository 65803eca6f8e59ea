import type { Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, gatewaySecret, startTestGraph, supergraphFile, tokenFor } from './graph.ts';
import { connect, listen } from './listener.ts';
import { type TestWire, startWire } from './wire.ts';

const told = 'subscription ($after: String) { told(after: $after) { number thing { title } person { name } } }';
const clients: Client[] = [];
let subgraphs: TestGraph;
let graph: TestGraph;
let wire: TestWire;

/** Between the gateway and the subgraph `deeds` is a wire that the test holds. */
beforeAll(async () => {
  wire = await startWire();
  subgraphs = await startTestGraph();
  const { people, things, deeds } = subgraphs.subgraphs;
  wire.target = Number(new URL(deeds.url).port);
  const supergraph = { file: supergraphFile, urls: { people: people.url, things: things.url, deeds: wire.url } };
  graph = await startTestGraph({ supergraph, timing: { upstreamPingMs: 100 } });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
  await until(() => tellings().open() === 0 && subgraphs.streams.size === 0, 'every stream at the subgraph is closed');
});
afterAll(async () => {
  await graph.stop();
  await subgraphs.stop();
  await wire.stop();
});

const tellings = () => subgraphs.tellings;
const tell = (person: string, times: number) => {
  for (let time = 0; time < times; time++) tellings().tell(person, `t${time}`);
};
const here = (person: string) => {
  const client = connect(graph.socketUrl, tokenFor(person));
  clients.push(client);
  return client;
};
const open = (count: number) => until(() => tellings().open() === count, `${count} streams are open at the subgraph`);
const from = (first: number, count: number) => Array.from({ length: count }, (_, n) => first + n);

test('after a cut a stream goes on behind the last event that was handed on, and its client notices nothing but delay', async () => {
  const ada = listen(here('ada'), told);
  const bob = listen(here('bob'), told);
  await open(2);
  tell('ada', 3);
  await until(() => ada.results.length === 3, 'what came before the cut');
  wire.cut();
  tell('ada', 4);
  tell('bob', 2);
  await until(() => ada.results.length === 7 && bob.results.length === 2, 'what came during the cut');
  tell('ada', 1);
  await until(() => ada.results.length === 8, 'what came after the cut');
  expect([ada.numbers(), bob.numbers()]).toEqual([from(1, 8), from(1, 2)]);
  expect(ada.results[0]).toEqual({
    data: { told: { number: 1, thing: { title: 'Thing t0' }, person: { name: 'ada the brave' } } },
  });
  expect([ada.error, ada.completed, bob.error, bob.completed]).toEqual([undefined, false, undefined, false]);
});

test('what comes between the subscribe and a cut before the first event is not lost either', async () => {
  const eve = listen(here('eve'), told);
  await open(1);
  wire.cut();
  tell('eve', 2);
  await until(() => eve.results.length === 2, 'both arrive');
  expect(eve.numbers()).toEqual([1, 2]);
  expect(tellings().opened.slice(-2)).toEqual(['eve-0', 'eve-0']);
});

test('a wire that goes dead without a word is found out and replaced', async () => {
  const fay = listen(here('fay'), told);
  await open(1);
  tell('fay', 1);
  await until(() => fay.results.length === 1, 'the first');
  const bury = wire.deaden();
  tell('fay', 2);
  await until(() => fay.results.length === 3, 'the others, over another wire');
  expect(fay.numbers()).toEqual([1, 2, 3]);
  bury();
});

test('while the subgraph is away streams wait, new ones too, and all go on when it is back', async () => {
  const before = listen(here('gus'), told);
  await open(1);
  const comeBack = await subgraphs.leave('deeds');
  const during = listen(here('gus'), told, { after: 'gus-0' });
  tell('gus', 5);
  await comeBack();
  await until(() => before.results.length === 5 && during.results.length === 5, 'both have everything');
  expect([before.numbers(), during.numbers()]).toEqual([from(1, 5), from(1, 5)]);
});

test('a stream that cannot be continued is opened again from then on', async () => {
  const { results } = listen(here('ada'), 'subscription { done { thing { title } } }');
  const [first] = await until(() => subgraphs.streams.size === 1 && [...subgraphs.streams], 'the stream is open');
  wire.cut();
  await until(() => subgraphs.streams.size === 1 && !subgraphs.streams.has(first!), 'another stream is open');
  subgraphs.did('ada', 't1');
  await until(() => results.length === 1, 'the event arrives');
});

test('the cursor that the gateway asks for shows only where the client asks for it too', async () => {
  const query = 'subscription { a: told { c: cursor number } }';
  const ivy = listen(here('ivy'), query);
  await open(1);
  tell('ivy', 1);
  await until(() => ivy.results.length === 1, 'it arrives');
  expect(ivy.results).toEqual([{ data: { a: { c: 'ivy-1', number: 1 } } }]);
});

test.each(['bob-1', 'jim-99', 'jim--1', '', 'nonsense'])(
  'the cursor "%s" is refused, and a neighbour lives on',
  async (after) => {
    const client = here('jim');
    const neighbour = listen(client, told);
    await open(1);
    const refused = listen(client, told, { after });
    await until(() => refused.error, 'it is refused');
    expect(refused.error!.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT']);
    const before = neighbour.results.length;
    tell('jim', 1);
    await until(() => neighbour.results.length === before + 1, 'the neighbour is served');
  },
);

test('a token that the subgraph refuses is an error of that stream, and the others on the wire live on', async () => {
  const frames: { id?: string; type: string; payload?: { extensions: { code: string } }[] }[] = [];
  const socket = new WebSocket(subgraphs.subgraphs.deeds.url.replace('http', 'ws'), 'graphql-transport-ws');
  const send = (message: object) => socket.send(JSON.stringify(message));
  const subscribe = (id: string, authorization: string) =>
    send({
      id,
      type: 'subscribe',
      payload: { query: 'subscription { told { number } }', extensions: { authorization } },
    });
  socket.on('message', (data) => frames.push(JSON.parse(String(data)) as (typeof frames)[number]));
  socket.on('open', () => send({ type: 'connection_init', payload: { gatewaySecret } }));
  await until(() => frames.length === 1, 'it is let in');
  subscribe('1', tokenFor('kim'));
  await open(1);
  subscribe('2', tokenFor('lea', -10));
  const refusal = await until(() => frames.find(({ id }) => id === '2'), 'the second is refused');
  expect([refusal.type, refusal.payload![0]!.extensions.code]).toEqual(['error', 'UNAUTHENTICATED']);
  tell('kim', 1);
  await until(() => frames.some(({ id, type }) => id === '1' && type === 'next'), 'the first is served');
  socket.close();
});
