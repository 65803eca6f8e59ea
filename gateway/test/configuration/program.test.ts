import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../../local/ports.ts';
import { until } from '../../../shared/testing/harness.ts';
import { ask } from '../graph.ts';

const root = join(import.meta.dirname, '../../..');
// Below the repository, so that a module in it finds the packages.
const folder = mkdtempSync(join(root, 'node_modules/.program-'));
const children: ChildProcess[] = [];
let got: IncomingHttpHeaders[] = [];
let stop: () => Promise<unknown>;

/** A subgraph of another house, in a supergraph that was composed elsewhere. */
beforeAll(async () => {
  const server = createServer((request, response) => {
    got.push(request.headers);
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"price":7,"revenue":9}}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stop = () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  writeFileSync(join(folder, 'shop.graphql'), 'type Query { price: Int revenue: Int }');
  writeFileSync(
    join(folder, 'supergraph.yaml'),
    `subgraphs:\n  shop: { routing_url: ${url}, schema: { file: ./shop.graphql } }\n`,
  );
});
beforeEach(() => (got = []));
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await stop();
});

function run(yaml: string, environment: Record<string, string> = {}) {
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, `supergraph: { file: ${join(folder, 'supergraph.yaml')} }\n${yaml}`);
  const { PATH } = process.env;
  const child = spawn(process.execPath, ['gateway/main.ts', '--config', file], {
    cwd: root,
    env: { ...(PATH !== undefined && { PATH }), ...environment },
  });
  children.push(child);
  const running = {
    child,
    lines: [] as Record<string, unknown>[],
    errors: '',
    status: undefined as number | null | undefined,
  };
  let text = '';
  child.stdout.on('data', (chunk) => {
    const lines = (text += String(chunk)).split('\n');
    text = lines.pop()!;
    running.lines.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
  });
  child.stderr.on('data', (chunk) => (running.errors += String(chunk)));
  child.on('close', (status) => (running.status = status));
  return running;
}

test('another house’s graph is served by one file, with the hooks of the documentation', async () => {
  const page = readFileSync(join(root, 'docs/gateway-hooks.md'), 'utf8');
  writeFileSync(join(folder, 'hooks.mjs'), /```js\n(.*?)```/s.exec(page)![1]!);
  const running = run(`server: { port: 0 }\nhooks: ${join(folder, 'hooks.mjs')}\n`);
  const { url } = await until(() => running.lines.find(({ msg }) => msg === 'the graph is served'), 'it serves');
  expect((await ask(String(url), '{ price }')).data).toEqual({ price: 7 });
  expect(got[0]!['x-correlation-id']).toBe(got[0]!['x-request-id']);
  const refused = await ask(String(url), 'query Money { revenue }');
  expect(refused.errors).toMatchObject([
    { message: 'Reports need the scope "reports".', extensions: { code: 'FORBIDDEN' } },
  ]);
  await until(() => running.errors.includes('"name":"Money"'), 'the answer is told');
  running.child.kill('SIGTERM');
  await until(() => running.status === 0, 'it stops');
});

test('every fault of the file is a line with its place, and status 1', async () => {
  const running = run('limits: { depth: ten }\nserver: { prot: 1 }\n');
  await until(() => running.status !== undefined, 'it ends');
  const file = join(folder, 'gateway.yaml');
  expect([running.status, ...running.lines.map(({ msg }) => msg)]).toEqual([
    1,
    `${file}:2: limits.depth must be a whole number from 1 to 100, not "ten"`,
    `${file}:3: server.prot is no setting; did you mean \`port\`?`,
  ]);
});

test('workers share one port, one that dies is started again, and all stop together', async () => {
  const port = await freePort();
  const running = run(`server: { port: ${port}, workers: 2 }\n`);
  const serving = () => running.lines.filter(({ msg }) => msg === 'the graph is served');
  await until(() => serving().length === 2, 'both serve');
  const url = `http://127.0.0.1:${port}/graphql`;
  const pids = () => new Set(serving().map(({ pid }) => pid as number));
  expect(pids().size).toBe(2);
  expect((await ask(url, '{ price }')).data).toEqual({ price: 7 });

  const [first] = pids();
  process.kill(first!, 'SIGKILL');
  await until(() => serving().length === 3, 'a third serves in its place');
  const price = async () => (await ask(url, '{ price }')).data?.['price'] as number | undefined;
  await until(async () => (await price()) === 7, 'the third answers');

  running.child.kill('SIGHUP');
  const composed = () => running.lines.filter(({ msg }) => msg === 'the supergraph is composed anew');
  await until(() => composed().length === 2, 'both have composed again');
  running.child.kill('SIGTERM');
  await until(() => running.status === 0, 'all stop');
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

test('what keeps a worker from starting ends the program', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  const running = run(`server: { port: ${port}, workers: 2 }\n`);
  await until(() => running.status === 1, 'it ends');
  expect(running.lines.some(({ msg }) => String(msg).includes(`Port ${port} on 127.0.0.1 is taken`))).toBe(true);
  await new Promise((resolve) => taken.close(resolve));
});
