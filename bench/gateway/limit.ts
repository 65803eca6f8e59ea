import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'graphql';
import { Pool } from 'undici';
import type { SubgraphAnswer } from '../../gateway/execution/execution.ts';
import { createApolloExecution } from '../../gateway/execution/apollo.ts';
import { asked, serving } from './child.ts';

/** No gateway at all: the fetches of the stock gateway's plan, wave by wave, their answers put one after the other. */
interface Fetch {
  path: string;
  body: string;
}
const pools = new Map<string, Pool>();
const post = async (url: string, body: string): Promise<Buffer> => {
  const { origin, pathname: path } = new URL(url);
  if (!pools.has(origin)) pools.set(origin, new Pool(origin, { connections: 64 }));
  const answer = await pools.get(origin)!.request({ path, method: 'POST', headers, body });
  return Buffer.from(await answer.body.arrayBuffer());
};
const headers = ['content-type', 'application/json', 'accept', 'application/json'];
const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(asked.supergraph)!;
const waves = await record();

const server = createServer((request, response) => {
  request.resume().on('end', () => void answer().then((text) => response.end(text)));
});
server.listen(0, '127.0.0.1', () => serving(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`));

async function answer(): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const wave of waves) parts.push(...(await Promise.all(wave.map(({ path, body }) => post(origin + path, body)))));
  return Buffer.concat(parts);
}

/** Runs the operation once by Apollo's executor; what it asks before anything is answered is one wave. */
async function record(): Promise<Fetch[][]> {
  const waves: Fetch[][] = [];
  let wave: (Fetch & { resolve: (answer: SubgraphAnswer) => void })[] = [];
  const execution = createApolloExecution(
    asked.supergraph,
    ({ url, body }) => new Promise((resolve) => wave.push({ path: new URL(url).pathname, body, resolve })),
  );
  const document = parse(readFileSync(new URL('./data/operation.graphql', import.meta.url), 'utf8'));
  const caller = { viewer: null, authorization: undefined, requestId: 'limit' };
  const running = execution.execute({ document, variables: {}, caller });
  let isRunning = true;
  void running.finally(() => (isRunning = false));
  while (isRunning) {
    await sleep(50);
    const asked = wave;
    wave = [];
    if (asked.length > 0) waves.push(asked.map(({ path, body }) => ({ path, body })));
    for (const { path, body, resolve } of asked) resolve(JSON.parse((await post(origin + path, body)).toString()));
  }
  return waves;
}
