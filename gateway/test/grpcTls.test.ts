import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { StartRefusal } from '../../shared/process/environment.ts';
import { openGrpcServer } from '../doors/grpc/grpcServer.ts';
import { healthService } from '../doors/grpc/standardServices.ts';
import { loadOperations } from '../operations/operations.ts';
import { type TestGraph, startTestGraph } from './graph.ts';

/** gRPC over TLS, with a certificate that signs itself. */
const operations = loadOperations(join(import.meta.dirname, 'operations'));
let folder: string;
let tls: { certificate: string; key: string };
let graph: TestGraph;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'grpc-tls-'));
  tls = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') };
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const files = ['-keyout', tls.key, '-out', tls.certificate];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' });
  graph = await startTestGraph({ operations, grpc: { port: 0, tls } });
});
afterAll(async () => {
  await graph.stop();
  rmSync(folder, { recursive: true });
});

const check = (transport: Parameters<typeof createClient>[1]) =>
  (createClient(healthService, transport) as unknown as { check(request: object): Promise<unknown> }).check({});
const baseUrl = (scheme: string) => `${scheme}://localhost:${graph.gateway.grpcPort}`;

test('who trusts the certificate is served, by HTTP/2 and by HTTP/1.1', async () => {
  const nodeOptions = { ca: readFileSync(tls.certificate) };
  expect(await check(createGrpcTransport({ baseUrl: baseUrl('https'), nodeOptions }))).toMatchObject({ status: 1 });
  const byHttp1 = createConnectTransport({ baseUrl: baseUrl('https'), httpVersion: '1.1', nodeOptions });
  expect(await check(byHttp1)).toMatchObject({ status: 1 });
});

test('who does not trust it, or speaks in the clear, is not', async () => {
  await expect(check(createGrpcTransport({ baseUrl: baseUrl('https') }))).rejects.toThrow(/certificate/);
  await expect(check(createGrpcTransport({ baseUrl: baseUrl('http') }))).rejects.toThrow();
});

test('a certificate that cannot be read, or is none, is told at the start', async () => {
  const start = (certificate: string) =>
    openGrpcServer({ host: '127.0.0.1', port: 0, tls: { ...tls, certificate } }, () => {
      throw new Error('nobody calls');
    });
  await expect(start(join(folder, 'nothing.pem'))).rejects.toThrow(StartRefusal);
  await expect(start(tls.key)).rejects.toThrow(StartRefusal);
});
