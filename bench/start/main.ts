/**
 * npm run bench:start [-- --players 20]
 *
 * What a new user waits for: `npm start` on an empty folder until the first answer, the same again with data, the popup after the third
 * sign-in (guests, so that no password hash is in it), and the memory of the idle process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { freePort } from '../../local/ports.ts';

const { values } = parseArgs({ options: { players: { type: 'string', default: '20' } } });
const root = join(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'questline-bench-'));
chmodSync(home, 0o755);
const port = await freePort();
const url = `http://127.0.0.1:${port}/graphql`;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function ask<T>(query: string, token?: string): Promise<T> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return ((await response.json()) as { data: T }).data;
}

/** Starts the system and resolves once it has answered; milliseconds from the start of the process. */
async function start(): Promise<{ child: ChildProcess; ms: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, ['-r', './local/node24.cjs', 'local/start.ts'], {
    cwd: root,
    env: { PATH: process.env['PATH'], PORT: String(port), QUESTLINE_DATA: join(home, 'data') },
    stdio: 'ignore',
  });
  while (!(await ask('{ __typename }').catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error('the system did not start');
    await sleep(10);
  }
  return { child, ms: Math.round(performance.now() - began) };
}

async function stop(child: ChildProcess): Promise<number> {
  const began = performance.now();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  return Math.round(performance.now() - began);
}

/** From sending the third sign-in to the popup's frame, milliseconds. */
async function popup(): Promise<number> {
  const device = randomUUID();
  const signIn = async () =>
    (
      await ask<{ signInAsGuest: { accessToken: string } }>(
        `mutation { signInAsGuest(input: { deviceId: "${device}" }) { accessToken } }`,
      )
    ).signInAsGuest.accessToken;
  const token = await signIn();
  const client = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    lazy: false,
  });
  const opened = new Promise<void>((resolve) => client.on('connected', () => resolve()));
  const arrived = new Promise<number>((resolve, reject) =>
    client.subscribe(
      { query: 'subscription { questCompleted { cursor quest { name } user { name wallet { diamonds } } } }' },
      { next: () => resolve(performance.now()), error: reject, complete: () => {} },
    ),
  );
  await opened;
  await signIn();
  await sleep(100);
  const began = performance.now();
  await signIn();
  const ms = (await arrived) - began;
  await client.dispose();
  return ms;
}

try {
  const cold = await start();
  const took: number[] = [];
  for (let n = 0; n < Number(values.players); n++) took.push(await popup());
  took.sort((a, b) => a - b);
  const at = (share: number) => Math.round(took[Math.min(took.length - 1, Math.floor(took.length * share))]!);
  await sleep(2000);
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${cold.child.pid}/status`, 'utf8'))![1]) / 1024;
  const stopMs = await stop(cold.child);
  const warm = await start();
  await stop(warm.child);
  console.log(`cold start to the first answer   ${cold.ms} ms`);
  console.log(`warm start to the first answer   ${warm.ms} ms`);
  console.log(`popup after the third sign-in    p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`);
  console.log(`memory of the process            ${Math.round(rss)} MB`);
  console.log(`SIGTERM to the end               ${stopMs} ms`);
  console.log(
    JSON.stringify({
      coldMs: cold.ms,
      warmMs: warm.ms,
      popupP50Ms: at(0.5),
      popupP95Ms: at(0.95),
      rssMb: Math.round(rss),
      stopMs,
    }),
  );
} finally {
  rmSync(home, { recursive: true, force: true });
}
