import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from '../../local/ports.ts';
import { until } from '../../shared/testing/harness.ts';
import { supergraphFile } from './graph.ts';

const environment = {
  PORT: '0',
  SUPERGRAPH: supergraphFile,
  GATEWAY_SECRET: 'x'.repeat(40),
  JWKS_URL: 'http://127.0.0.1:1/keys',
};

const children: ChildProcess[] = [];
afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

function start(changes: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['gateway/main.ts'], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...environment, ...changes },
  });
  children.push(child);
  const running = { child, lines: [] as Record<string, unknown>[], status: undefined as number | null | undefined };
  let text = '';
  child.stdout.on('data', (chunk) => {
    const lines = (text += String(chunk)).split('\n');
    text = lines.pop()!;
    running.lines.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
  });
  child.on('close', (status) => (running.status = status));
  return running;
}

test('a supergraph that cannot be served is one line with its fix, and status 1', async () => {
  const running = start({ SUPERGRAPH: '/nowhere.yaml' });
  await until(() => running.status !== undefined, 'the process ends');
  expect(running).toMatchObject({
    status: 1,
    lines: [{ msg: '/nowhere.yaml cannot be read (ENOENT).', fix: expect.any(String) }],
  });
});

test('SIGHUP composes again, and SIGTERM stops in order', async () => {
  const running = start();
  const line = (words: string) => running.lines.find(({ msg }) => String(msg).includes(words));
  const { url } = await until(() => line('the graph is served'), 'it serves');
  running.child.kill('SIGHUP');
  await until(() => line('composed anew'), 'it has composed again');
  expect((await fetch(String(url).replace('graphql', 'health'))).status).toBe(200);
  running.child.kill('SIGTERM');
  await until(() => running.status !== undefined, 'the process ends');
  expect(running.status).toBe(0);
});

test('with METRICS_PORT it is watched at a port of its own, and a bad one is refused', async () => {
  const port = await freePort();
  const running = start({ METRICS_PORT: String(port) });
  const page = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  await until(async () => (await page()).includes('# TYPE questline_sockets gauge'), 'its metrics are served');
  running.child.kill('SIGTERM');
  await until(() => running.status === 0, 'the process ends');
  const wrong = start({ METRICS_PORT: 'here' });
  await until(() => wrong.status === 1, 'it does not start');
  expect(wrong.lines).toMatchObject([{ msg: 'METRICS_PORT is not a port: here.', fix: expect.any(String) }]);
});
