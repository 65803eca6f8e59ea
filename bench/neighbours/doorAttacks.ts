import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { WebSocket } from 'ws';
import type { Blow } from './attacks.ts';

const popups = 'subscription { questCompleted { cursor completion { id } } }';

/** A request whose body never comes whole: its connection is held for a while. */
const stall = async (origin: string, path: string, type: string) => {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: ${type}\r\ncontent-length: 90000\r\n\r\n{"query":"`,
  );
  await sleep(200);
  socket.destroy();
};

/** A stream of events that is opened and left. */
const openStream = async (origin: string, path: string, init: RequestInit) => {
  const left = new AbortController();
  const response = await fetch(new URL(path, origin), { ...init, signal: left.signal });
  await response.body?.getReader().read();
  left.abort();
};

const openSocket = (origin: string, token: string) =>
  new Promise<void>((resolve) => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const cut = setTimeout(() => socket.terminate(), 500);
    socket.on('error', () => {});
    socket.on('close', () => (clearTimeout(cut), resolve()));
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })),
    );
    socket.on('message', (data: Buffer) => {
      if (!data.includes('connection_ack')) return;
      for (let id = 0; id < 20; id++)
        socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query: popups } }));
      setTimeout(() => socket.terminate(), 20);
    });
  });

let session: ClientHttp2Session | undefined;
/** A unary call of gRPC with an empty message. */
const callGrpc = (port: number, token: string) =>
  new Promise<void>((resolve) => {
    if (!session || session.closed || session.destroyed) {
      session = connectHttp2(`http://127.0.0.1:${port}`);
      session.on('error', () => {});
      session.unref();
    }
    const call = session.request({
      ':method': 'POST',
      ':path': '/questline.v1.Questline/GetAllQuests',
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization: `Bearer ${token}`,
    });
    call.on('error', () => resolve()).on('close', () => resolve());
    call.resume();
    call.end(Buffer.alloc(5));
  });

/** Attacks on each door by what it holds open, or by its honest work in a loop. `grpcPort`: where gRPC is served. */
export const doorAttacks = (grpcPort: number): [name: string, blow: Blow][] => [
  [
    'bodies that never come',
    ({ origin }) => Promise.all(Array.from({ length: 10 }, () => stall(origin, '/graphql', 'application/json'))),
  ],
  [
    'bodies that never come, over REST',
    ({ origin }) =>
      Promise.all(Array.from({ length: 10 }, () => stall(origin, '/api/v1/sessions', 'application/json'))),
  ],
  [
    'event streams of one player',
    ({ origin }, _, token) =>
      openStream(origin, '/graphql', {
        method: 'POST',
        headers: {
          ...{ 'content-type': 'application/json', accept: 'text/event-stream' },
          authorization: `Bearer ${token}`,
        },
        body: JSON.stringify({ query: popups }),
      }),
  ],
  [
    'event streams over REST',
    ({ origin }, _, token) =>
      openStream(origin, '/api/v1/popups', {
        headers: { accept: 'text/event-stream', authorization: `Bearer ${token}` },
      }),
  ],
  [
    'as many deferred parts as may be',
    ({ origin }, count, token) => {
      const parts = (n: number) =>
        `... @defer(label: "a${n}") { nodes { id ... @defer(label: "b${n}") { name title rewards { item } } } }`;
      const query = `{ q${count}: quests(first: 60) { ${Array.from({ length: 10 }, (_, n) => parts(n)).join(' ')} } }`;
      return fetch(new URL('/graphql', origin), {
        method: 'POST',
        headers: {
          ...{ 'content-type': 'application/json', accept: 'multipart/mixed;deferSpec=20220824' },
          authorization: `Bearer ${token}`,
        },
        body: JSON.stringify({ query }),
      }).then((response) => response.arrayBuffer());
    },
  ],
  ['sockets with twenty subscriptions', ({ origin }, _, token) => openSocket(origin, token)],
  [
    'lists over REST',
    ({ origin }, count, token) =>
      fetch(new URL(`/api/v1/quests?first=${1 + (count % 100)}`, origin), {
        headers: { authorization: `Bearer ${token}` },
      }).then((response) => response.arrayBuffer()),
  ],
  ['lists over gRPC', (_, __, token) => callGrpc(grpcPort, token)],
];
