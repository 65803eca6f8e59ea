import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../shared/testing/harness.ts';
import { answered, codes, open, startSubgraph, stopAll, stops } from './answering.ts';

afterEach(stopAll);

test('a query is tried again when the subgraph says that it cannot serve, as often as it is set, and a mutation never', async () => {
  const { url, count } = await startSubgraph((response, nth) =>
    nth < 3 ? void response.writeHead(503).end('busy') : answered(response),
  );
  expect(codes(await open().ask(url))).toEqual(['SUBGRAPH_UNAVAILABLE']);
  expect(codes(await open({ retries: 1 }).ask(url, false))).toEqual(['SUBGRAPH_UNAVAILABLE']);
  expect(count()).toBe(2);
  expect(await open({ retries: 2 }).ask(url)).toEqual({ data: { ok: true } });
});

test('a GraphQL answer with status 5xx is tried again too, and told as it is when it stays so', async () => {
  const busy = JSON.stringify({ errors: [{ message: 'busy', extensions: { code: 'UNAVAILABLE' } }] });
  const { url, count } = await startSubgraph((response) => answered(response, busy, 503));
  expect(codes(await open({ retries: 2 }).ask(url))).toEqual(['UNAVAILABLE']);
  expect(count()).toBe(3);
});

test('a subgraph that is down is tried again until it is up', async () => {
  const first = await startSubgraph((response) => answered(response));
  const { port } = new URL(first.url);
  await first.stop();
  const asked = open({ retries: 10, timeoutMs: 10_000 }).ask(first.url);
  await startSubgraph((response) => answered(response), Number(port));
  expect(await asked).toEqual({ data: { ok: true } });
});

test('beyond the connections requests wait, and beyond the queue they are refused at once', async () => {
  const held: ServerResponse[] = [];
  const { url, count, sockets } = await startSubgraph((response) => void held.push(response));
  const { ask } = open({ connections: 1, queue: 1, timeoutMs: 10_000 });
  const [first, second, third] = [ask(url), ask(url), ask(url)];
  expect(codes(await third)).toEqual(['SUBGRAPH_UNAVAILABLE']);
  await until(() => held.length === 1, 'the first has come');
  answered(held[0]!);
  expect(await first).toEqual({ data: { ok: true } });
  await until(() => held.length === 2, 'the second follows');
  answered(held[1]!);
  expect(await second).toEqual({ data: { ok: true } });
  expect([count(), sockets()]).toEqual([2, 1]);
});

test('a subgraph that does not answer rests, and comes back by one request that tries', async () => {
  let isWell = false;
  const { url, count } = await startSubgraph((response) =>
    isWell ? answered(response) : void response.writeHead(500).end(),
  );
  const { ask, lines } = open({ circuitBreaker: { failures: 3, pauseMs: 300 } });
  for (let n = 0; n < 6; n++) expect(codes(await ask(url))).toEqual(['SUBGRAPH_UNAVAILABLE']);
  expect(count()).toBe(3);
  isWell = true;
  await until(async () => (await ask(url)).data, 'it is asked again');
  expect(count()).toBe(4);
  expect(lines.filter((line) => /is not asked for a while|answers again/.test(line))).toHaveLength(2);
});

test('an answer larger than is set is not read', async () => {
  const { url } = await startSubgraph((response) =>
    answered(response, JSON.stringify({ data: { text: 'x'.repeat(5000) } })),
  );
  expect(codes(await open({ answerBytes: 4000 }).ask(url))).toEqual(['SUBGRAPH_UNAVAILABLE']);
  expect((await open({ answerBytes: 6000 }).ask(url)).data).toBeTruthy();
});

test('codes that are set pass with their message, and nothing else of the error does', async () => {
  const error = { message: 'gone', path: ['a'], extensions: { code: 'OUT_OF_STOCK', sql: 'select 1' } };
  const { url } = await startSubgraph((response) =>
    answered(response, JSON.stringify({ data: { a: null }, errors: [error] })),
  );
  expect(codes(await open().ask(url))).toEqual(['INTERNAL_SERVER_ERROR']);
  expect(await open({ errorCodes: new Set(['OUT_OF_STOCK']) }).ask(url)).toEqual({
    data: { a: null },
    errors: [{ message: 'gone', path: ['a'], extensions: { code: 'OUT_OF_STOCK', serviceName: 'shop' } }],
  });
});

test('a subgraph behind an authority of one’s own is trusted by its certificate, and asks for ours', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  openssl(
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem'.split(
      ' ',
    ),
  );
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => readFileSync(join(folder, name), 'utf8')) as [
    string,
    string,
  ];
  const server = createSecureServer(
    { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      request.resume().on('end', () => answered(response));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  expect(codes(await open().ask(url))).toEqual(['SUBGRAPH_UNAVAILABLE']);
  expect(codes(await open({ tls: { ca: cert } }).ask(url))).toEqual(['SUBGRAPH_UNAVAILABLE']);
  expect(await open({ tls: { ca: cert, cert, key } }).ask(url)).toEqual({ data: { ok: true } });
});
