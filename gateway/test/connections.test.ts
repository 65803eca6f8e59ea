import { WebSocket } from 'ws';
import { createClient } from 'graphql-ws';
import { until } from '../../shared/testing/harness.ts';
import { networkOf } from '../doors/addresses.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';
import { listen } from './listener.ts';
import { limits } from '../limits/limits.ts';

/** Who shows no token has no business here. */
const nothingPublic = new URL('./schemas/nothingPublic.yaml', import.meta.url).pathname;

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph({}, nothingPublic);
});
afterAll(() => graph.stop());

/** A socket without a library. */
async function dial(headers: Record<string, string> = {}) {
  const socket = new WebSocket(graph.socketUrl, 'graphql-transport-ws', { headers });
  const dialled = { socket, frames: [] as { type: string }[], closed: undefined as number | undefined };
  socket.on('error', () => {});
  socket.on('message', (data) => dialled.frames.push(JSON.parse(String(data)) as { type: string }));
  socket.on('close', (code) => (dialled.closed = code));
  await until(() => socket.readyState === WebSocket.OPEN, 'it is open');
  return dialled;
}
const init = (payload?: unknown) =>
  JSON.stringify({ type: 'connection_init', ...(payload !== undefined && { payload }) });
const acknowledged = ({ frames }: { frames: unknown[] }) => until(() => frames.length > 0, 'it is acknowledged');

const token = tokenFor('ada');
test.each<[string, unknown, Record<string, string>]>([
  ['authorization', { authorization: token }, {}],
  ['Authorization', { Authorization: token }, {}],
  ['AUTHORIZATION', { AUTHORIZATION: token }, {}],
  ['headers.Authorization', { headers: { Authorization: token } }, {}],
  ['headers.authorization', { headers: { authorization: token } }, {}],
  ["the upgrade's own header", undefined, { authorization: token }],
  ["the upgrade's own header, with other parameters", { locale: 'de' }, { authorization: token }],
])('a token is read from %s', async (_, payload, headers) => {
  const dialled = await dial(headers);
  dialled.socket.send(init(payload));
  await acknowledged(dialled);
  expect(dialled.frames).toMatchObject([{ type: 'connection_ack' }]);
  dialled.socket.close();
});

test.each<[string, unknown]>([
  ['a number', { authorization: 7 }],
  ['a list', { Authorization: [token] }],
  ['headers that are none', { headers: token }],
  ['headers of null', { headers: null }],
  ['another token than what the upgrade carries', { authorization: 'Bearer a.b.c' }],
])('%s is no token', async (_, payload) => {
  const dialled = await dial(payload && JSON.stringify(payload).includes('a.b.c') ? { authorization: token } : {});
  dialled.socket.send(init(payload));
  await until(() => dialled.closed === 4403, 'it is closed');
});

test('the newest connection wins: the one that was silent longest gives way, and its client comes again', async () => {
  const own = await startTestGraph({ connectionLimits: { connectionsPerUser: 2 } });
  const clients = Array.from({ length: 2 }, () =>
    createClient({
      url: own.socketUrl,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: tokenFor('bob') },
      retryAttempts: 50,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 20)),
    }),
  );
  const query = 'subscription { told { number } }';
  const first = listen(clients[0]!, query);
  await until(() => own.gateway.metrics.snapshot().subscriptionsByField['told'] === 1, 'the first is there');
  const second = listen(clients[1]!, query);
  await until(() => own.gateway.metrics.snapshot().subscriptionsByField['told'] === 2, 'the second is there');
  const stream = await fetch(own.url, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: tokenFor('bob') },
    body: JSON.stringify({ query }),
  });
  expect(stream.status).toBe(200);
  // The stream took the place of the first, whose client came again and took the place of the second, and so on: nobody is told an error.
  await until(() => own.gateway.metrics.snapshot().rejects.user >= 2, 'they give way to each other');
  expect([first.error, second.error]).toEqual([undefined, undefined]);
  const { sockets, eventStreams } = own.gateway.metrics.snapshot();
  expect(sockets + eventStreams).toBeLessThanOrEqual(3); // the one that gives way is still closing
  await Promise.all(clients.map((client) => client.dispose()));
  await own.stop();
});

test('dead sockets hold no places', async () => {
  const five = await Promise.all(Array.from({ length: 5 }, () => dial()));
  for (const each of five) {
    each.socket.send(init({ authorization: tokenFor('cyd') }));
    await acknowledged(each);
    (each.socket as unknown as { _socket: { pause(): void } })._socket.pause(); // the machine has gone to sleep
  }
  const sixth = await dial();
  sixth.socket.send(init({ authorization: tokenFor('cyd') }));
  await acknowledged(sixth);
  expect(sixth.frames).toMatchObject([{ type: 'connection_ack' }]);
  for (const { socket } of [...five, sixth]) socket.terminate();
});

test.each<[string, (socket: WebSocket) => void, number]>([
  ['a message of 20 KB', (socket) => socket.send(init({ authorization: token, pad: 'x'.repeat(20_000) })), 1009],
  ['many small messages', (socket) => void Array.from({ length: 500 }, () => socket.send('{"type":"ping"}')), 1008],
  [
    'a message that never ends',
    (socket) => void Array.from({ length: 40 }, () => socket.send('x'.repeat(1000), { fin: false })),
    1009,
  ],
  [
    'a message in very many pieces',
    (socket) => void Array.from({ length: limits.messageFragments + 1 }, () => socket.send('x', { fin: false })),
    1008,
  ],
])('before a token is shown, %s closes the socket', async (_, send, code) => {
  const dialled = await dial();
  send(dialled.socket);
  await until(() => dialled.closed !== undefined, 'it is closed');
  expect([code, 1006]).toContain(dialled.closed); // what comes after its end cuts it
});

test('with a token a large message passes, in pieces too, and one that is too large closes the socket', async () => {
  const dialled = await dial();
  dialled.socket.send(init({ authorization: token }));
  await acknowledged(dialled);
  const ask = (bytes: number) =>
    JSON.stringify({
      id: '1',
      type: 'subscribe',
      payload: { query: '{ deeds }', extensions: { pad: 'x'.repeat(bytes) } },
    });
  const whole = ask(2_000_000);
  for (let at = 0; at < whole.length; at += 100_000)
    dialled.socket.send(whole.slice(at, at + 100_000), { fin: at + 100_000 >= whole.length });
  await until(() => dialled.frames.some(({ type }) => type === 'complete'), 'it is answered');
  dialled.socket.send(ask(limits.messageBytes));
  await until(() => dialled.closed === 1009, 'it is closed');
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0DB8:0000:0000::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['unknown', 'unknown'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
