/**
 * npm run bench:reload -- [--types 500] [--clients 20] [--reloads 3]
 *
 * What a reload costs those who ask meanwhile: clients that each ask one of many operations again and again, with a short pause, over a
 * supergraph of so many types, which changes and is read anew. Latencies from each reload's signal until its new field is served, beside those of
 * as long a time before.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { startGatewayProcess } from '../fanout/gateway.ts';
import { manyTypes } from './manyTypes.ts';

const { values } = parseArgs({
  options: {
    types: { type: 'string', default: '500' },
    clients: { type: 'string', default: '20' },
    reloads: { type: 'string', default: '3' },
    profile: { type: 'string' },
  },
});
const [types, clients, reloads] = [Number(values.types), Number(values.clients), Number(values.reloads)];
const pauseMs = 10;
const operations = 50;

const server = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => (text += String(chunk)));
  request.on('end', () => {
    const { query, variables } = JSON.parse(text) as { query: string; variables: { representations?: unknown[] } };
    const field = /\b(t\d+)\(/.exec(query)?.[1];
    const thing = { __typename: field?.toUpperCase(), id: '1', name: 'a name', size: 1, added: 'yes' };
    const data = variables.representations
      ? { _entities: variables.representations.map(() => ({ note1: 'noted' })) }
      : { [field!]: thing };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data }));
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const folder = mkdtempSync(join(tmpdir(), 'reload-'));
const write = (addition: string) => {
  for (const [name, schema] of Object.entries(manyTypes(types, addition)))
    writeFileSync(join(folder, `${name}.graphql`), schema);
};
write('');
const names = Object.keys(manyTypes(types));
const lines = names.map((name) => `  ${name}: { routing_url: ${origin}/${name}, schema: { file: ./${name}.graphql } }`);
writeFileSync(join(folder, 'supergraph.yaml'), `subgraphs:\n${lines.join('\n')}\n`);

const gateway = await startGatewayProcess({ SUPERGRAPH: join(folder, 'supergraph.yaml') }, values.profile);
const pool = new Pool(new URL(gateway.url).origin, { connections: clients + 1 });
const ask = async (query: string) => {
  const { statusCode, body } = await pool.request({
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return { statusCode, text: await body.text() };
};
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let asked: { at: number; ms: number }[] = [];
let isOver = false;
const client = async (first: number) => {
  for (let n = first; !isOver; n = (n + 1) % operations) {
    const at = performance.now();
    const { statusCode, text } = await ask(`query Of${n} { t${n}(id: "1") { name size } }`);
    if (statusCode !== 200 || !text.includes('"a name"')) throw new Error(`another answer: ${statusCode} ${text}`);
    asked.push({ at, ms: performance.now() - at });
    await sleep(pauseMs);
  }
};
const running = Array.from({ length: clients }, (_, n) => client(n));
await sleep(3000);

const worst = (some: typeof asked) => Math.round(Math.max(...some.map(({ ms }) => ms)) * 10) / 10;
const part = (some: typeof asked, share: number) =>
  Math.round([...some.map(({ ms }) => ms)].sort((a, b) => a - b)[Math.floor(some.length * share)]! * 10) / 10;
let summary: Record<string, number> = {};
for (let round = 0; round < reloads; round++) {
  const isAdding = round % 2 === 0;
  write(isAdding ? 'added: String' : '');
  const began = performance.now();
  gateway.reload();
  const isServed = async () => (await ask('{ t0(id: "1") { added } }')).text.includes('"yes"') === isAdding;
  while (!(await isServed())) await sleep(20);
  await sleep(200);
  const tookMs = Math.round(performance.now() - began);
  const during = asked.filter(({ at }) => at >= began);
  asked = [];
  await sleep(tookMs);
  const before = asked;
  asked = [];
  summary = {
    tookMs,
    worstMs: worst(during),
    p99Ms: part(during, 0.99),
    worstWithoutMs: worst(before),
    p99WithoutMs: part(before, 0.99),
  };
  console.log(`reload ${round + 1}: ${JSON.stringify(summary)}`);
}
isOver = true;
await Promise.all(running);
await pool.close();
await gateway.stop();
server.close();
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ types, ...summary }));
