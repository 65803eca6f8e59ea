import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { until } from '../../../shared/testing/harness.ts';
import { rows } from '../../configuration/documents.ts';
import { ask as askAt } from '../graph.ts';
import { type PlainAnswer, startPlainGraph } from '../plainGraph.ts';
import { elsewhere } from './effectsElsewhere.ts';
import { limitEffects } from './limitEffects.ts';
import { otherEffects } from './otherEffects.ts';
import { graph, leave, open, releases, serve } from './settingScene.ts';

const effects = [...limitEffects, ...otherEffects];
afterEach(leave);

test.each(effects)('%s changes what is seen', async (_, yaml, see, without, having) => {
  await serve('');
  expect(await see()).toEqual(without);
  for (const release of releases.splice(0)) release();
  await graph!.stop();
  await serve(yaml);
  expect(await see()).toEqual(having);
});

test.each([
  ['{}', 'old'],
  ['{ moved: true }', 'fresh'],
  ['{ moved: false }', 'old'],
  ['{ moved: 100 }', 'fresh'],
  ['{ moved: 0 }', 'old'],
  ['{ other: true }', 'old'],
])('the override labels %s choose the subgraph %s', async (labels, expected) => {
  const link =
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@override", "@shareable"])';
  const schemas = {
    old: `${link} type Query { price: Int }`,
    fresh: `${link} type Query { price: Int @override(from: "old", label: "moved") }`,
  };
  const own = await startPlainGraph(schemas, () => '{"data":{"price":1}}', `override_labels: ${labels}\n`);
  await askAt(own.url, '{ price }');
  expect(own.asked.map(({ subgraph }) => subgraph)).toEqual([expected]);
  await own.stop();
});

test('operations are served over gRPC, and with a certificate over TLS', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'operations-'));
  writeFileSync(join(folder, 'getPlain.graphql'), '# A number.\nquery getPlain { plain }\n');
  writeFileSync(join(folder, 'grpc.yaml'), 'package: shop.v1\nservice: Shop\n');
  const subject = '-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1';
  const form = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 ${subject}`;
  execFileSync('openssl', `${form} -keyout key.pem -out cert.pem`.split(' '), { cwd: folder, stdio: 'pipe' });
  const tls = `certificate: ${join(folder, 'cert.pem')}, key: ${join(folder, 'key.pem')}`;
  for (const [more, scheme] of [
    ['', 'http'],
    [`, ${tls}`, 'https'],
  ] as const) {
    await serve(`operations: [${folder}]\ngrpc: { port: 0${more} }\n`);
    const session = connectHttp2(`${scheme}://127.0.0.1:${graph!.gateway.grpcPort}`, {
      ca: readFileSync(join(folder, 'cert.pem')),
    });
    await new Promise((resolve, reject) => session.once('connect', resolve).once('error', reject));
    session.destroy();
    await graph!.stop();
  }
});

test.each([
  ['store: memory', 1],
  ['store: off', 2],
  ['store: memory, longest_ms: 1', 2],
  ['store: memory, bytes: 65536', 2],
])('the cache with %s lets %i requests through', async (settings, expected) => {
  const large = 'x'.repeat(100_000);
  const answerForAll: PlainAnswer = (_, response) => {
    const head = { 'content-type': 'application/json', 'cache-control': 'max-age=60, public' };
    response.writeHead(200, head).end(`{"data":{"name":"${large}"}}`);
    return undefined;
  };
  const own = await startPlainGraph({ shop: 'type Query { name: String }' }, answerForAll, `cache: { ${settings} }\n`);
  for (let n = 0; n < 2; n++) {
    expect((await askAt(own.url, '{ name }')).data).toEqual({ name: large });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(own.asked).toHaveLength(expected);
  await own.stop();
});

test('a subgraph gets the connection parameters that are set', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const inits: unknown[] = [];
  server.on('connection', (socket) => socket.once('message', (data) => inits.push(JSON.parse(String(data)))));
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const terms = `subscriptions: { url: "${url}", connection_params: { tenant: a } }`;
  await serve(`streams: { ticks: { public: true } }\nevery_subgraph: { ${terms} }\n`);
  const socket = await open();
  socket.socket.send(JSON.stringify({ id: 's', type: 'subscribe', payload: { query: 'subscription { ticks }' } }));
  await until(() => inits.length > 0, 'the gateway has connected');
  expect(inits[0]).toMatchObject({ type: 'connection_init', payload: { tenant: 'a' } });
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => server.close(resolve));
});

test('every setting has a test that sees its effect', () => {
  const here = [
    'override_labels',
    'cache.store',
    'cache.bytes',
    'cache.longest_ms',
    'grpc.port',
    'grpc.certificate',
    'grpc.key',
    'every_subgraph.subscriptions.connection_params',
  ];
  const seen = new Set([...effects.map(([name]) => name), ...here, ...Object.values(elsewhere).flat()]);
  const known = rows().map(({ name }) => name);
  const own = known.filter((name) => !/^subgraphs\.NAME\.(?!url$)/.test(name));
  expect(own.filter((name) => !seen.has(name))).toEqual([]);
  expect([...seen].filter((name) => !known.includes(name))).toEqual([]);
  for (const [file, names] of Object.entries(elsewhere)) {
    const path = join(import.meta.dirname, '..', file);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const missing = names.filter((name) => {
      const last = name.split('.').at(-1)!.replace('[]', '');
      return !text.includes(last) && !text.includes(camel(last));
    });
    expect([file, ...missing]).toEqual([file]);
  }
});
