import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  brotliCompressSync,
  brotliDecompressSync,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { encodingFor } from '../doors/encodings.ts';
import { loadOperations } from '../operations/operations.ts';
import { type PlainAnswer, type PlainGraph, startPlainGraph } from './plainGraph.ts';
import { json, send } from './request.ts';

const schema = { shop: 'type Query { small: Int big: String huge: String } type Subscription { ticks: String }' };
const big = 'a long answer '.repeat(200);
const huge = 'a huge answer '.repeat(10_000);
const dataOf = (query: string) =>
  query.includes('huge') ? { huge } : query.includes('big') ? { big } : { small: 1, ticks: big };
const plain: PlainAnswer = ({ body, request }, response) => {
  const text = JSON.stringify({ data: dataOf(body.query) });
  if (request.headers.accept !== 'text/event-stream') return text;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`event: next\ndata: ${text}\n\nevent: complete\ndata:\n\n`);
  return undefined;
};
const streams = 'streams: { ticks: { public: true } }\n';

let graph: PlainGraph;
afterEach(() => graph.stop());

const on = 'compression: { encodings: [zstd, br, gzip] }\n';
const ask = (query: string, accepted?: string, more: Record<string, string> = {}) =>
  send(graph.url, {
    headers: { ...json, ...more, ...(accepted !== undefined && { 'accept-encoding': accepted }) },
    body: JSON.stringify({ query }),
  });
const decoders: Record<string, (body: Buffer) => Buffer> = {
  zstd: zstdDecompressSync,
  br: brotliDecompressSync,
  gzip: gunzipSync,
};

test.each([
  ['{ big }', 'gzip', 'gzip'],
  ['{ big }', 'br', 'br'],
  ['{ big }', 'zstd', 'zstd'],
  ['{ big }', 'gzip, deflate, br, zstd', 'zstd'],
  ['{ big }', 'GZIP', 'gzip'],
  ['{ big }', 'gzip;q=1, br;q=0.5', 'gzip'],
  ['{ big }', 'gzip;q=0, br;q=0.1', 'br'],
  ['{ huge }', 'zstd;q=0.1, br', 'br'],
  ['{ huge }', 'gzip', 'gzip'],
  ['{ huge }', 'zstd', 'zstd'],
])('the answer to %s goes to who accepts %s by %s', async (query, accepted, encoding) => {
  graph = await startPlainGraph(schema, plain, on);
  const { status, headers, body } = await ask(query, accepted);
  expect([status, headers['content-encoding'], headers.vary]).toEqual([200, encoding, 'Origin, Accept-Encoding']);
  expect(Number(headers['content-length'])).toBe(body.length);
  const text = `${JSON.stringify({ data: dataOf(query) })}\n`;
  expect(body.length).toBeLessThan(text.length / 5);
  expect(String(decoders[encoding]!(body))).toBe(text);
});

test.each([
  ['{ big }', undefined],
  ['{ big }', ''],
  ['{ big }', '*'],
  ['{ big }', 'identity'],
  ['{ big }', 'deflate'],
  ['{ big }', 'gzip;q=0'],
  ['{ big }', 'gzip;q=0.5, identity'],
])('the answer to %s goes to who accepts %s as it is, and caches keep it apart', async (query, accepted) => {
  graph = await startPlainGraph(schema, plain, on);
  const { headers, text } = await ask(query, accepted);
  expect([headers['content-encoding'], headers.vary]).toEqual([undefined, 'Origin, Accept-Encoding']);
  expect(JSON.parse(text)).toEqual({ data: { big } });
});

test('small answers are sent as they are, unless they are meant too', async () => {
  graph = await startPlainGraph(schema, plain, on);
  expect((await ask('{ small }', 'gzip')).headers).not.toHaveProperty('content-encoding');
  await graph.stop();
  graph = await startPlainGraph(schema, plain, 'compression: { encodings: [gzip], least_bytes: 0 }\n');
  const { headers, body } = await ask('{ small }', 'br, gzip');
  expect([headers['content-encoding'], String(gunzipSync(body))]).toEqual(['gzip', '{"data":{"small":1}}\n']);
});

test('nothing is compressed unless that is set', async () => {
  graph = await startPlainGraph(schema, plain);
  const { headers } = await ask('{ big }', 'gzip, br, zstd');
  expect([headers['content-encoding'], headers.vary]).toEqual([undefined, 'Origin']);
});

test.each([['{ big }'], ['subscription { ticks }']])('events are sent as they are: %s', async (query) => {
  graph = await startPlainGraph(schema, plain, `${on}${streams}every_subgraph: { subscriptions: { protocol: sse } }\n`);
  const { headers, text } = await ask(query, 'gzip, br', { accept: 'text/event-stream' });
  expect(headers).not.toHaveProperty('content-encoding');
  expect(text).toContain(`"${big}"`);
});

describe('over REST', () => {
  const folder = mkdtempSync(join(tmpdir(), 'compressed-'));
  writeFileSync(join(folder, 'readBig.graphql'), '# It is big.\nquery readBig { big }');
  writeFileSync(join(folder, 'readSmall.graphql'), '# It is small.\nquery readSmall { small }');
  writeFileSync(
    join(folder, 'rest.yaml'),
    'readBig: { rest: GET /big, answer: big, text: [text/plain] }\nreadSmall: { rest: GET /small, answer: small }',
  );
  const read = (path: string, headers: Record<string, string>, method = 'GET') =>
    send(new URL(path, graph.url).href, { method, path, headers });
  const start = async (yaml = on, answer = plain) =>
    (graph = await startPlainGraph(schema, answer, yaml, { operations: loadOperations(folder) }));

  test.each(['gzip', 'br', 'zstd'])('an answer goes to who accepts %s by it, to HEAD too', async (encoding) => {
    await start();
    const { status, headers, body } = await read('/big', { 'accept-encoding': encoding });
    expect([status, headers['content-encoding']]).toEqual([200, encoding]);
    expect(headers.vary).toBe('Origin, Accept, Authorization, Accept-Encoding');
    expect(String(decoders[encoding]!(body))).toBe(JSON.stringify(big));
    const head = await read('/big', { 'accept-encoding': encoding }, 'HEAD');
    expect(head.headers).toMatchObject({ 'content-encoding': encoding, 'content-length': String(body.length) });
    expect(head.body.length).toBe(0);
    const text = await read('/big', { 'accept-encoding': encoding, accept: 'text/plain' });
    expect(String(decoders[encoding]!(text.body))).toBe(big);
  });
  test('one tag stands for all encodings, and is a weak one', async () => {
    await start();
    const { headers } = await read('/big', { 'accept-encoding': 'gzip' });
    expect(headers['etag']).toMatch(/^W\/"[\w-]+"$/);
    const plainly = await read('/big', {});
    expect([plainly.headers['etag'], plainly.headers['content-encoding']]).toEqual([headers['etag'], undefined]);
    const again = await read('/big', { 'accept-encoding': 'br', 'if-none-match': headers['etag']! });
    expect([again.status, again.body.length, again.headers.vary]).toEqual([304, 0, headers.vary]);
  });
  test('a problem is compressed when it is large, and what is small is not', async () => {
    const faults = Array.from({ length: 50 }, (_, line) => ({ line, message: 'This line is wrong.' }));
    const error = { message: 'no', path: ['big'], extensions: { code: 'BAD_USER_INPUT', faults } };
    const failing = JSON.stringify({ data: { big: null }, errors: [error] });
    await start(on, (asked, response) => (asked.body.query.includes('big') ? failing : plain(asked, response)));
    const { status, headers, body } = await read('/big', { 'accept-encoding': 'gzip' });
    expect([status, headers['content-encoding']]).toEqual([400, 'gzip']);
    expect(JSON.parse(String(gunzipSync(body)))).toMatchObject({ code: 'BAD_USER_INPUT', faults });
    expect((await read('/small', { 'accept-encoding': 'gzip' })).headers).not.toHaveProperty('content-encoding');
  });
  test('nothing is compressed unless that is set, and the tag is a strong one', async () => {
    await start('');
    const { headers } = await read('/big', { 'accept-encoding': 'gzip' });
    expect([headers['content-encoding'], headers.vary]).toEqual([undefined, 'Origin, Accept, Authorization']);
    expect(headers['etag']).toMatch(/^"/);
  });
});

test.each(['gzip', 'br', 'zstd', 'x-gzip', 'identity, gzip'])('a request body by %s is refused', async (encoding) => {
  graph = await startPlainGraph(schema, plain, on);
  const body = gzipSync(JSON.stringify({ query: '{ small }' }));
  const { status, text } = await send(graph.url, { headers: { ...json, 'content-encoding': encoding }, body });
  expect([status, text]).toEqual([415, expect.stringContaining('BAD_REQUEST')]);
  expect(graph.asked).toEqual([]);
});

describe('toward subgraphs', () => {
  const answering =
    (encoding: string, encode: (body: Buffer) => Buffer): PlainAnswer =>
    ({ body }, response) => {
      const text = encode(Buffer.from(JSON.stringify({ data: dataOf(body.query) })));
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding }).end(text);
      return undefined;
    };
  const every = (terms: string) => `every_subgraph: { ${terms} }\n`;
  const all = 'encodings: [zstd, br, gzip]';

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['GZIP', gzipSync],
  ])('an answer by %s is read', async (encoding, encode) => {
    graph = await startPlainGraph(
      schema,
      answering(encoding, (body) => encode(body)),
      every(all),
    );
    expect(JSON.parse((await ask('{ big }')).text)).toEqual({ data: { big } });
    expect(graph.asked[0]!.request.headers['accept-encoding']).toBe('zstd, br, gzip');
  });

  test('nothing is asked for unless that is set, and what comes compressed all the same is of no use', async () => {
    graph = await startPlainGraph(
      schema,
      answering('gzip', (body) => gzipSync(body)),
    );
    expect((await ask('{ big }')).text).toContain('SUBGRAPH_UNAVAILABLE');
    expect(graph.asked[0]!.request.headers['accept-encoding']).toBeUndefined();
  });

  test.each([
    ['more than is read at most', (body: Buffer) => gzipSync(Buffer.concat([body, Buffer.alloc(10_000_000, ' ')]))],
    ['what is broken', () => Buffer.from('nothing')],
  ])('an answer that unfolds to %s is of no use', async (_, encode) => {
    graph = await startPlainGraph(schema, answering('gzip', encode), every(`${all}, answer_bytes: 100000`));
    expect((await ask('{ big }')).text).toContain('SUBGRAPH_UNAVAILABLE');
  });
});

test('our order decides among equals', () => {
  expect(encodingFor('gzip, br, zstd', ['gzip', 'br'])).toBe('gzip');
  expect(encodingFor('gzip, br, zstd', ['br', 'gzip'])).toBe('br');
});
