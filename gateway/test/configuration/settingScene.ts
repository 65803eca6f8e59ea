import { connect as connectTcp } from 'node:net';
import { WebSocket } from 'ws';
import { until } from '../../../shared/testing/harness.ts';
import { byKeys } from '../../identity/viewers.ts';
import { keys, tokenFor } from '../graph.ts';
import { type PlainAnswer, type PlainGraph, startPlainGraph } from '../plainGraph.ts';
import { json, send } from '../request.ts';

const schema = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@listSize", "@policy"])
  type Query {
    plain: Int price: Int slow: Int big: String flaky: Int failing: Int
    list(first: Int): [Int] @listSize(slicingArguments: ["first"])
    report: Int @policy(policies: [["reports"]])
  }
  type Subscription { ticks: Int many: String }
`;
export const releases: (() => void)[] = [];
const state = { flaws: 0 };
/** So often the field `flaky` fails. */
export const failOften = (times: number) => void (state.flaws = times);
const answer: PlainAnswer = async ({ body: { query } }, response) => {
  if (query.includes('slow')) await new Promise<void>((resolve) => releases.push(resolve));
  if (query.includes('big')) return `{"data":{"big":"${'x'.repeat(3000)}"}}`;
  if (query.includes('failing') || (query.includes('flaky') && state.flaws-- > 0)) {
    response.writeHead(503, { 'content-type': 'text/plain' }).end('away');
    return undefined;
  }
  if (query.includes('subscription')) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    // All at once, so that most of them wait for their reader.
    if (query.includes('many')) {
      const event = `event: next\ndata: {"data":{"many":"${'x'.repeat(500)}"}}\n\n`;
      response.end(`${event.repeat(50)}event: complete\ndata:\n\n`);
    } else response.write(':\n\n');
    return undefined;
  }
  const errors = query.includes('price')
    ? '[{"message":"few","path":["price"],"extensions":{"code":"CONFLICT","remaining":2}}]'
    : '[]';
  return `{"data":{"plain":1,"price":null,"slow":1,"flaky":1,"list":[1],"report":9},"errors":${errors}}`;
};
const common = `
streams: { ticks: { public: true }, many: { public: true } }
every_subgraph: { subscriptions: { protocol: sse } }
`;

/** The gateway of the test that runs. */
export let graph: PlainGraph | undefined;
/** Where clients are, as the gateway sees it. */
export let addresses: string[] = [];
const sockets: { destroy(): void }[] = [];
export async function serve(yaml: string): Promise<PlainGraph> {
  const whole = yaml.includes('every_subgraph') ? yaml : `${yaml}${common}`;
  const hooks = { onRequest: ({ address }: { address: string }) => void addresses.push(address) };
  return (graph = await startPlainGraph({ shop: schema }, answer, whole, { verify: byKeys(keys), hooks }));
}
export async function leave(): Promise<void> {
  for (const release of releases.splice(0)) release();
  for (const socket of sockets.splice(0)) socket.destroy();
  await graph?.stop();
  graph = undefined;
  addresses = [];
}

export const ask = async (query: string, { pad = 0, headers = {} } = {}) => {
  const body = JSON.stringify({ query, extensions: { pad: 'x'.repeat(pad) } });
  const { status, text } = await send(graph!.url, { headers: { ...json, ...headers }, body });
  const { errors } = JSON.parse(text) as { errors?: { extensions: Record<string, unknown> }[] };
  return { status, code: errors?.[0]?.extensions['code'], extensions: errors?.[0]?.extensions };
};
export const codeOf = async (query: string) => (await ask(query)).code;

/** A socket, and what has come of it: frames, or the code by which it was closed or refused. */
export async function open(payload: object = {}) {
  const socket = new WebSocket(graph!.socketUrl, 'graphql-transport-ws');
  const heard: string[] = [];
  const state = { socket, heard, code: 0 };
  sockets.push({ destroy: () => socket.terminate() });
  socket.on('message', (data) => heard.push(String(data)));
  socket.on('close', (code) => (state.code ||= code));
  socket.on('unexpected-response', (_, { statusCode }) => {
    state.code = statusCode!;
    socket.terminate();
  });
  socket.on('error', () => {});
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })));
  await until(() => heard.length > 0 || state.code > 0, 'it is let in or not');
  return state;
}
type Opened = Awaited<ReturnType<typeof open>>;
export const asAda = () => open({ authorization: tokenFor('ada') });
/** The code by which it was closed, or that it still answers. */
async function isAlive({ socket, heard, ...state }: Opened & { code: number }, live: Opened) {
  socket.send('{"type":"ping"}');
  await until(() => heard.some((text) => text.includes('pong')) || live.code > 0, 'it is answered or closed');
  return live.code || state.code || 'open';
}
export const fateOf = (socket: Opened) => isAlive(socket, socket);

/** The fate of a query that the subgraph answers only when nothing else can happen any more. */
export async function slowly(query: string) {
  const timer = setTimeout(() => releases.splice(0).forEach((release) => release()), 600);
  const { code } = await ask(query);
  clearTimeout(timer);
  return code;
}

export async function unfinished() {
  const { port, hostname } = new URL(graph!.url);
  const socket = connectTcp(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => {});
  socket.write(
    'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"query":',
  );
  await until(() => socket.bytesWritten > 0, 'it is sent');
  // What was sent before is read before.
  await send(graph!.url, { method: 'GET', path: '/health' });
}

export async function subscribed(query: string) {
  const socket = await open();
  socket.socket.send(JSON.stringify({ id: 's', type: 'subscribe', payload: { query } }));
  await until(() => socket.heard.some((text) => /"(complete|error)"/.test(text)), 'it ends');
  return socket.heard.filter((text) => text.includes('"next"')).length === 50 ? 'all' : codeIn(socket.heard.at(-1)!);
}
export const codeIn = (text: string) => /"code":"(\w+)"/.exec(text)?.[1];

export const preflight = async (headers: Record<string, string>) => {
  const asked = { origin: 'https://a.example', 'access-control-request-method': 'POST', ...headers };
  return (await send(graph!.url, { method: 'OPTIONS', headers: asked })).headers;
};
