import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { childEnvironment } from '../../shared/testing/childEnvironment.ts';
import { until } from '../../shared/testing/harness.ts';
import { freePort } from '../ports.ts';
import { commandOf } from '../postmaster.ts';

const root = join(import.meta.dirname, '../..');

interface Started {
  process: ChildProcess;
  output(): string;
  /** Of the graph, once the banner is there. */
  url(): Promise<string>;
  ended: Promise<number | null>;
}

/** Starts what `npm start` starts, on a free port. */
function start(environment: Record<string, string>, ...flags: string[]): Started {
  const child = spawn(process.execPath, [...flags, '-r', './local/node24.cjs', 'local/start.ts'], {
    cwd: root,
    env: { ...childEnvironment(), PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  const address = () => /http:\/\/localhost:\d+\/graphql/.exec(output)?.[0];
  return {
    process: child,
    output: () => output,
    ended,
    url: () =>
      until(() => address() ?? (child.exitCode === null ? undefined : Promise.reject(new Error(output))), 'the banner'),
  };
}

async function ask(url: string, query: string, token?: string) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return (await response.json()) as {
    data: { signIn: { accessToken: string }; me: { events: { nodes: { type: string }[] } } };
  };
}
const signIn = async (url: string) => {
  const answer = await ask(url, 'mutation { signIn(input: { name: "user", password: "password" }) { accessToken } }');
  if (!answer.data?.signIn) throw new Error(`nobody is signed in: ${JSON.stringify(answer)}`);
  return answer.data.signIn.accessToken;
};
const countSignIns = async (url: string, token: string) =>
  (await ask(url, '{ me { events { nodes { type } } } }', token)).data.me.events.nodes.filter(({ type }) =>
    type.endsWith('UserSignIn'),
  ).length;

const isAlive = (pid: number) => commandOf(pid).length > 0;

describe('npm start', () => {
  let folder: string;
  const running = new Set<Started>();
  const launch = (environment: Record<string, string> = {}, ...flags: string[]) => {
    const started = start({ QUESTLINE_DATA: folder, ...environment }, ...flags);
    running.add(started);
    return started;
  };
  const stop = async (started: Started, signal: NodeJS.Signals = 'SIGTERM') => {
    started.process.kill(signal);
    running.delete(started);
    return started.ended;
  };
  beforeEach(() => {
    const home = mkdtempSync('/var/tmp/questline-start-');
    chmodSync(home, 0o755); // the database runs as another user when this test runs as root
    folder = join(home, 'data');
  });
  afterEach(async () => {
    for (const started of running) await stop(started);
    rmSync(join(folder, '..'), { recursive: true, force: true });
  });
  const postmaster = () => Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);

  test('brings everything up with demo data, and a second start finds what happened', async () => {
    const first = launch();
    const url = await first.url();
    const token = await signIn(url);
    await until(async () => (await countSignIns(url, token)) === 1, 'the sign-in to be counted');
    const page = await (await fetch(new URL('/', url))).text();
    const script = await fetch(new URL(/src="(\/assets\/[^"]+)"/.exec(page)![1]!, url));
    expect([script.status, script.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
    const pid = postmaster();
    expect(await stop(first)).toBe(0);
    expect(isAlive(pid)).toBe(false);

    const port = await freePort();
    const second = launch({ METRICS_PORT: String(port) });
    expect(await countSignIns(await second.url(), token)).toBe(1);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const subgraphs = [...metrics.matchAll(/^questline_outbox_events\{subgraph="(\w+)"\} \d+$/gm)].map(
      ([, subgraph]) => subgraph,
    );
    expect(subgraphs.sort()).toEqual(['auth', 'catalog', 'progress']);
    expect(metrics).toContain('questline_sockets{subgraph="gateway"} 0');
    expect(await stop(second, 'SIGINT')).toBe(0);
  });

  test('a kill -9 leaves nothing that the next start cannot adopt', async () => {
    const killed = launch();
    const url = await killed.url();
    const token = await signIn(url);
    const pid = postmaster();
    await stop(killed, 'SIGKILL');
    expect(isAlive(pid)).toBe(true);

    const next = launch();
    const after = await next.url();
    await until(async () => (await countSignIns(after, token)) === 1, 'the sign-in to be counted');
    await stop(next);
    expect(isAlive(pid)).toBe(false);
  });

  test('nothing leaves the machine', async () => {
    const outbound = join(folder, '..', 'outbound');
    writeFileSync(outbound, '');
    const guard = ['-r', './local/test/noOutbound.cjs'];
    const started = launch({ OUTBOUND_LOG: outbound }, ...guard);
    const url = await started.url();
    const token = await signIn(url);
    await until(async () => (await countSignIns(url, token)) === 1, 'the sign-in to be counted');
    for (const path of ['/', '/operator', '/graphiql', '/ready', '/health']) await fetch(new URL(path, url));
    expect(await stop(started)).toBe(0);
    expect(readFileSync(outbound, 'utf8')).toBe('');

    // The guard itself is held to what it promises.
    const program = `require('node:net').connect(80, '192.0.2.1')`;
    const caught = spawn(process.execPath, [...guard, '-e', program], {
      cwd: root,
      env: { OUTBOUND_LOG: outbound },
      stdio: 'ignore',
    });
    await new Promise((resolve) => caught.on('exit', resolve));
    expect(readFileSync(outbound, 'utf8')).toBe('tcp 192.0.2.1:80\n');
  });

  test('a taken port is one line with its fix', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const refused = launch({ PORT: String(port) });
    expect(await refused.ended).toBe(1);
    other.close();
    expect(refused.output()).toMatch(
      new RegExp(`Port ${port} on 127.0.0.1 is taken by another process.\\n\\s+Stop that process`),
    );
    expect(refused.output()).not.toMatch(/\s+at .*\.ts:/);
    expect(existsSync(join(folder, 'data/postmaster.pid'))).toBe(false);
  });

  test('a port that is none is one line', async () => {
    const refused = launch({ PORT: 'eighty' });
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toMatch(/PORT is not a port: eighty/);
  });

  test('an unwritable folder is one line with its fix', async () => {
    writeFileSync(folder, 'a file where the folder should be');
    const refused = launch();
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toMatch(/cannot be used[\s\S]*QUESTLINE_DATA/);
    expect(refused.output()).not.toMatch(/\s+at .*\.ts:/);
  });
});
