import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { until } from '../../subgraphs/shared/test/harness.ts';
import { startTestGraph, supergraphFile, tokenFor } from './graph.ts';

/** A wire to another port that can be cut. */
async function startWire() {
  const sockets = new Set<Socket>();
  const wire = { target: 0, cut: () => sockets.forEach((socket) => socket.destroy()) };
  const server = createServer((near) => {
    const far = connect(wire.target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to).on('error', () => {});
      from.on('close', () => (sockets.delete(from), to.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(wire, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    stop: () => new Promise((resolve) => (server.close(resolve), wire.cut())),
  });
}

test('when the wire to a subgraph is cut, its streams are opened again and the client keeps its subscription', async () => {
  const wire = await startWire();
  const subgraphs = await startTestGraph();
  const { people, things, deeds } = subgraphs.subgraphs;
  wire.target = Number(new URL(deeds.url).port);
  const supergraph = { file: supergraphFile, urls: { people: people.url, things: things.url, deeds: wire.url } };
  const graph = await startTestGraph({ supergraph });
  const client = createClient({
    url: graph.socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: tokenFor('ada') },
    retryAttempts: 0,
  });
  const results: unknown[] = [];
  let ended = false;
  client.subscribe(
    { query: 'subscription { done { thing { title } } }' },
    { next: (result) => results.push(result), error: () => (ended = true), complete: () => (ended = true) },
  );
  const [first] = await until(() => subgraphs.streams.size === 1 && [...subgraphs.streams], 'the stream is open');
  wire.cut();
  await until(() => subgraphs.streams.size === 1 && !subgraphs.streams.has(first!), 'another stream is open');
  subgraphs.did('ada', 't1');
  await until(() => results.length === 1, 'the event arrives');
  expect(ended).toBe(false);
  await client.dispose();
  await graph.stop();
  await subgraphs.stop();
  await wire.stop();
});
