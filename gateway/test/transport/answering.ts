import { type IncomingMessage, type RequestListener, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { type Transport, openTransport } from '../../execution/fetch/transport.ts';
import { type SubgraphTerms, termsForAll } from '../../supergraph/subgraphTerms.ts';

/** Ends what a test has opened, last first. */
export const stops: (() => Promise<unknown> | void)[] = [];
export async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

const good = JSON.stringify({ data: { ok: true } });
export const answered = (response: ServerResponse, body = good, status = 200) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(body);

/** A real subgraph whose answers the test gives, one after the other; the last one for ever. */
export async function startSubgraph(
  answer: (response: ServerResponse, nth: number, request: IncomingMessage) => void,
  port = 0,
) {
  let count = 0;
  const listener: RequestListener = (request, response) => {
    request.resume().on('end', () => answer(response, ++count, request));
  };
  const server = createServer(listener);
  let sockets = 0;
  server.on('connection', () => sockets++);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));
  stops.push(stop);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  return { url, count: () => count, sockets: () => sockets, stop };
}

export function open(changes: Partial<SubgraphTerms> = {}) {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const transport: Transport = openTransport({ gatewaySecret: 'x'.repeat(32), log, termsOf: termsForAll(changes) });
  stops.push(() => transport.stop());
  const ask = (url: string, mayRepeat = true) =>
    transport.send({
      service: 'shop',
      url,
      body: '{}',
      mayRepeat,
      caller: { viewer: null, authorization: undefined, requestId: 'r' },
    });
  return { ask, lines };
}
export const codes = ({ errors = [] }: { errors?: readonly { extensions?: object }[] }) =>
  errors.map(({ extensions }) => (extensions as { code: string }).code);
