import { readFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import type { Client } from 'graphql-ws';
import { pino } from 'pino';
import { freePort } from '../../../local/ports.ts';
import { until } from '../../../shared/testing/harness.ts';
import { termsForAll } from '../../supergraph/subgraphTerms.ts';
import { type Gateway, startGateway } from '../../server.ts';
import { type TestGraph, gatewaySecret, keys, startTestGraph, tokenFor } from '../graph.ts';
import { connect, listen } from '../listener.ts';
import { type TestWire, startWire } from '../wire.ts';
import {
  type TickServer,
  type Ticks,
  openTicks,
  serveByCallback,
  serveByEvents,
  serveNoStreams,
  ticksSdl,
} from './ticks.ts';

const people = readFileSync(new URL('../schemas/people.graphql', import.meta.url), 'utf8');
const query = 'subscription ($after: String) { ticks(after: $after) { number person { name } } }';
const clients: Client[] = [];
const logged: string[] = [];
let others: TestGraph;
let ticks: Ticks;
let server: TickServer;
let gateway: Gateway;
/** Between the subgraph and where it calls back. */
let callbackWire: TestWire;

async function start(
  protocol: 'websocket' | 'sse' | 'callback',
  serve: (ticks: Ticks) => Promise<TickServer>,
  openMs = 20_000,
) {
  ticks = openTicks();
  server = await serve(ticks);
  const { supergraphSdl } = composeServices([
    { name: 'people', url: others.subgraphs.people.url, typeDefs: parse(people) },
    { name: 'ticks', url: server.url, typeDefs: parse(ticksSdl) },
  ]);
  const port = await freePort();
  callbackWire.target = port;
  const { subscriptions } = termsForAll()('ticks');
  gateway = await startGateway({
    ...{ host: '127.0.0.1', port, gatewaySecret, keys, development: false, allowedOrigins: [] },
    supergraph: {
      sdl: supergraphSdl!,
      terms: { streams: { ticks: { after: 'after', cursor: 'cursor' } }, identityFree: [] },
    },
    subgraphs: termsForAll({ subscriptions: { ...subscriptions, protocol, openMs } }),
    callbacks: { url: new URL(callbackWire.url).origin, heartbeatMs: 400 },
    log: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
  });
}
const here = () => {
  const client = connect(gateway.url.replace('http', 'ws'), tokenFor('ada'));
  clients.push(client);
  return client;
};
const from = (first: number, count: number) => Array.from({ length: count }, (_, n) => first + n);

beforeAll(async () => {
  callbackWire = await startWire();
  others = await startTestGraph();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
  await gateway.stop();
  await server.stop();
});
afterAll(async () => {
  await others.stop();
  await callbackWire.stop();
});

/** What parts the gateway from the subgraph; call what is returned to join them again. */
const interrupt = {
  async sse() {
    const { port } = new URL(server.url);
    await server.stop();
    return async () => void (server = await serveByEvents(ticks, Number(port)));
  },
  /** Nothing that the subgraph says arrives. */
  async callback() {
    logged.length = 0;
    const release = callbackWire.hold();
    return async () => {
      await until(() => logged.some((line) => line.includes('a stream of a subgraph is cut')), 'it is missed');
      release();
    };
  },
};

describe.each([
  ['sse', serveByEvents],
  ['callback', serveByCallback],
] as const)('by %s', (protocol, serve) => {
  beforeEach(() => start(protocol, serve));

  test('events come in order, are completed by other subgraphs, and equal streams are one', async () => {
    const [one, two] = [listen(here(), query), listen(here(), query)];
    await until(() => ticks.open() === 1, 'one stream is open');
    ticks.happen(3);
    await until(() => one.results.length === 3 && two.results.length === 3, 'both have all');
    expect(one.results[0]).toEqual({ data: { ticks: { number: 1, person: { name: 'ada the brave' } } } });
    expect([one.numbers(), two.numbers()]).toEqual([from(1, 3), from(1, 3)]);
  });

  test('the subgraph hears when nobody wants the stream any more', async () => {
    const one = listen(here(), query);
    await until(() => ticks.open() === 1, 'the stream is open');
    one.stop();
    // An emitter of callbacks learns it by its next heartbeat or event.
    await until(() => ticks.open() === 0, 'it is closed');
  });

  test('after a cut the stream goes on behind the last event', async () => {
    const one = listen(here(), query);
    await until(() => ticks.open() === 1, 'the stream is open');
    ticks.happen(2);
    await until(() => one.results.length === 2, 'what came before');
    const mend = await interrupt[protocol]();
    ticks.happen(2);
    await mend();
    await until(() => one.results.length === 4, 'what came meanwhile');
    ticks.happen(1);
    await until(() => one.results.length === 5, 'what comes after');
    expect([one.numbers(), one.error, one.completed]).toEqual([from(1, 5), undefined, false]);
  });

  test('a refusal of the subgraph is the client’s', async () => {
    const one = listen(here(), query, { after: 'nonsense' });
    await until(() => one.error, 'it is refused');
    expect(one.error!.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT']);
  });
});

test('a stream goes on at another address of its subgraph', async () => {
  const servers: TickServer[] = [];
  await start('sse', async (ticks) => {
    servers.push(await serveByEvents(ticks), await serveByEvents(ticks));
    return { url: servers.map(({ url }) => url).join(','), stop: () => servers[1]!.stop() };
  });
  const one = listen(here(), query);
  await until(() => ticks.open() === 1, 'the stream is open');
  ticks.happen(1);
  await until(() => one.results.length === 1, 'the first has come');
  await servers[0]!.stop();
  ticks.happen(1);
  await until(() => one.results.length === 2, 'it goes on at the second, wherever it was');
  const { port } = new URL(servers[0]!.url);
  servers.push(await serveByEvents(ticks, Number(port)));
  await servers[1]!.stop();
  ticks.happen(1);
  await until(() => one.results.length === 3, 'and again at the first');
  await servers[2]!.stop();
  expect(one.numbers()).toEqual(from(1, 3));
});

test('by sse a stream that the subgraph ends is ended for its client', async () => {
  await start('sse', serveByEvents);
  const one = listen(here(), query);
  await until(() => ticks.open() === 1, 'the stream is open');
  ticks.end();
  await until(() => one.completed, 'it is complete');
});

test.each(['websocket', 'sse', 'callback'] as const)(
  'a subgraph that serves no subscriptions by %s is an error for the client and a warning in the log',
  async (protocol) => {
    logged.length = 0;
    await start(protocol, serveNoStreams, 500);
    const one = listen(here(), query);
    await until(() => one.error, 'it is an error');
    expect(one.error!.map(({ extensions }) => extensions['code'])).toEqual(['SUBGRAPH_UNAVAILABLE']);
    const line = logged.find((each) => each.includes('a subscription cannot be opened at a subgraph'));
    expect(JSON.parse(line!)).toMatchObject({ level: 40, service: 'ticks', reason: expect.any(String) });
  },
);

test('nobody but the subgraph can call back', async () => {
  await start('callback', serveByCallback);
  const one = listen(here(), query);
  await until(() => ticks.open() === 1, 'the stream is open');
  const origin = new URL(gateway.url).origin;
  const call = async (path: string, body: object) =>
    (await fetch(origin + path, { method: 'POST', body: JSON.stringify(body) })).status;
  const payload = { data: { ticks: { number: 99 } } };
  expect(
    await call('/callback/nobody', { kind: 'subscription', action: 'next', id: 'nobody', verifier: 'x', payload }),
  ).toBe(404);
  expect(one.results).toEqual([]);
});
