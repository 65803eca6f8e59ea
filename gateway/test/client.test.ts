import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { type TestGraph, startTestGraph } from './graph.ts';
import { send } from './request.ts';

const script = 'export const answer = 42;\n'.repeat(100);
const page = '<!doctype html><title>The game</title>';
let home: string;
let folder: string;
let graph: TestGraph;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'questline-client-'));
  folder = join(home, 'dist');
  writeFileSync(join(home, 'secret.js'), 'a secret');
  graph = await startTestGraph({ clientFolder: folder });
});
afterAll(async () => {
  await graph.stop();
  rmSync(home, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  send(graph.url, { method, path, headers });

test('what is not built yet is not there, and is served as soon as it is', async () => {
  expect((await get('/')).status).toBe(404);
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), page);
  writeFileSync(join(folder, 'operator.html'), page.replace('game', 'console'));
  writeFileSync(join(folder, 'assets/game-1a2b.js'), script);
  writeFileSync(join(folder, 'assets/notes.txt'), 'not for browsers');
  expect((await get('/')).status).toBe(200);
});

test('a page is asked for each time, and may load only what comes from here', async () => {
  const { headers, text } = await get('/');
  expect(text).toBe(page);
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
  expect((await get('/', { 'if-none-match': headers.etag! })).status).toBe(304);
});

test.each(['/operator', '/operator/players/7', '/operator?tab=2'])('%s is a page too', async (path) => {
  expect((await get(path)).text).toContain('The console');
});

test('an asset never changes under its name, and browsers keep it', async () => {
  const { status, headers, text } = await get('/assets/game-1a2b.js');
  expect([status, text]).toEqual([200, script]);
  expect(headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  });
});

test.each([
  ['br', (body: Buffer) => brotliDecompressSync(body)],
  ['gzip', (body: Buffer) => gunzipSync(body)],
])('it is compressed by %s for those who accept it', async (name, decompress) => {
  const { headers, body } = await get('/assets/game-1a2b.js', { 'accept-encoding': name });
  expect(headers).toMatchObject({
    'content-encoding': name,
    vary: 'accept-encoding',
    'content-length': String(body.length),
  });
  expect(body.length).toBeLessThan(script.length / 5);
  expect(decompress(body).toString()).toBe(script);
});

test('HEAD tells the same and sends nothing', async () => {
  const { status, headers, body } = await get('/assets/game-1a2b.js', {}, 'HEAD');
  expect([status, headers['content-length'], body.length]).toEqual([200, String(script.length), 0]);
});

test.each([
  '/../secret.js',
  '/assets/../../secret.js',
  '/%2e%2e/secret.js',
  '/assets/..%2f..%2fsecret.js',
  '//etc/passwd',
  '/assets/notes.txt',
  '/assets/missing.js',
  '/index.html/secret',
  '/constructor',
])('%s is not there', async (path) => {
  const { status, headers, text } = await get(path);
  expect(status).toBe(404);
  expect(headers['content-type']).toContain('application/json');
  expect(text).not.toContain('secret"');
});

test('the graph stays at its address, and nothing but GET and HEAD gets a page', async () => {
  expect((await graph.ask('{ hello(name: "you", times: 1) }')).status).toBe(200);
  expect((await get('/', {}, 'POST')).status).toBe(404);
});
