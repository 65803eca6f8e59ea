import { join } from 'node:path';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Pool } from 'undici';
import { openClient } from '../client.ts';
import { openSystem } from '../system.ts';

/**
 * `npm run bench:doors`: one quest read over GraphQL, REST and gRPC in turns, as CPU of the gateway per request, and how often all of a hundred
 * quests are read over gRPC. Prints JSON as the last line.
 */
const seconds = Number(process.env['BENCH_SECONDS'] ?? 5);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const connections = 32;
const grpcPort = 31_051;

interface Unary {
  (request: object, answer: (error: unknown, value: unknown) => void): void;
}
type Client = Record<'GetQuest' | 'GetAllQuests', Unary> & { close(): void };

const system = await openSystem({ OPERATIONS: 'operations', GRPC_PORT: String(grpcPort) });
let summary: Record<string, number>;
try {
  const graphql = openClient(system.url, connections);
  const questId = await prepare(graphql);
  const { origin } = new URL(system.url);
  const pool = new Pool(origin, { connections });
  const loaded = loadPackageDefinition(
    loadSync(join(import.meta.dirname, '../../proto/questline.proto')),
  ) as unknown as {
    questline: { v1: { Questline: new (...given: unknown[]) => Client } };
  };
  // Each client has a connection of its own, as several game servers have.
  const clients = Array.from(
    { length: 8 },
    (_, n) =>
      new loaded.questline.v1.Questline(`127.0.0.1:${grpcPort}`, credentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': 1,
        n,
      }),
  );
  const call = (n: number, method: 'GetQuest' | 'GetAllQuests', request: object) =>
    new Promise<void>((resolve, reject) => {
      const client = clients[n % clients.length]!;
      client[method](request, (error) => (error ? reject(error as Error) : resolve()));
    });
  const query = `query getQuest($quest_id: ID!) { quest(id: $quest_id) { quest_id: id auto_claim: autoClaim streak duplication name description
    rewards { reward_id: id name item quantity } } }`;
  const doors: Record<'graphql' | 'rest' | 'grpc', (n: number) => Promise<unknown>> = {
    graphql: () => graphql.ask(query, { quest_id: questId }),
    rest: async () => {
      const { statusCode, body } = await pool.request({ method: 'GET', path: `/api/v1/quests/${questId}` });
      await body.arrayBuffer();
      if (statusCode !== 200) throw new Error(`REST answered ${statusCode}`);
    },
    grpc: (n) => call(n, 'GetQuest', { questId }),
  };
  for (const ask of Object.values(doors)) await put(ask, 2); // until all is compiled
  const cpuMs: Record<string, number[]> = { graphql: [], rest: [], grpc: [] };
  for (let round = 0; round < rounds; round++)
    for (const [name, ask] of Object.entries(doors)) cpuMs[name]!.push((await put(ask, seconds)).cpuMs);
  const all = await put((n) => call(n, 'GetAllQuests', {}), seconds);
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  for (const [name, values] of Object.entries(cpuMs))
    console.log(`${name}: ${values.map((value) => value.toFixed(3)).join(', ')} ms of the gateway's CPU per request`);
  const [restCpuMs, grpcCpuMs, graphqlCpuMs] = ['rest', 'grpc', 'graphql'].map((name) => median(cpuMs[name]!));
  summary = {
    restCpuMs: restCpuMs!,
    grpcCpuMs: grpcCpuMs!,
    graphqlCpuMs: graphqlCpuMs!,
    grpcPerSecond: Math.round(all.perSecond),
  };
  for (const client of clients) client.close();
  await pool.close();
  await graphql.close();
} finally {
  await system.stop();
}
console.log(JSON.stringify(summary));

/** A hundred quests in all; resolves to the id of one. */
async function prepare(client: ReturnType<typeof openClient>): Promise<string> {
  const { body: session } = await client.ask(
    'mutation { signIn(input: { name: "operator", password: "password" }) { accessToken } }',
    {},
  );
  const token = (session.data as { signIn: { accessToken: string } }).signIn.accessToken;
  const yaml = Array.from(
    { length: 97 },
    (_, n) =>
      `- { name: bench-${n}, title: Bench ${n}, trigger: BenchEvent, streak: ${n + 1}, rewards: [{ item: GOLD, quantity: 5 }] }`,
  ).join('\n');
  await client.ask('mutation ($yaml: String!) { importQuests(yaml: $yaml) { id } }', { yaml }, token);
  const { body } = await client.ask('{ questByName(name: "bench-1") { id } }', {}, token);
  return (body.data as { questByName: { id: string } }).questByName.id;
}

/** Asks as fast as answers come, on so many connections. */
async function put(
  ask: (n: number) => Promise<unknown>,
  seconds: number,
): Promise<{ cpuMs: number; perSecond: number }> {
  const before = system.cpuSeconds()['gateway']!;
  const began = performance.now();
  let count = 0;
  const loop = async (n: number) => {
    while (performance.now() < began + seconds * 1000) {
      await ask(n);
      count++;
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, n) => loop(n)));
  return {
    cpuMs: ((system.cpuSeconds()['gateway']! - before) * 1000) / count,
    perSecond: count / ((performance.now() - began) / 1000),
  };
}
