import { join } from 'node:path';
import { Metadata, credentials, loadPackageDefinition, makeGenericClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Pool } from 'undici';
import { openClient } from '../client.ts';
import { openSystem } from '../system.ts';
import { openEmptyServer } from './emptyServer.ts';

/**
 * `npm run bench:doors`: one quest read over GraphQL, REST and gRPC in turns, as CPU of the gateway per request; beside them the same bytes from an
 * empty server of node:http2, below which gRPC cannot be. Then how often all of a hundred quests are read over gRPC, and whose CPU that takes. Prints
 * JSON as the last line.
 */
const seconds = Number(process.env['BENCH_SECONDS'] ?? 5);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const connections = 32;
const grpcPort = 31_051;

interface Unary {
  (request: object, metadata: Metadata, answer: (error: unknown, value: Buffer) => void): void;
}
type Client = Record<'GetQuest' | 'GetAllQuests', Unary> & { close(): void };
interface Definition {
  requestSerialize(request: object): Buffer;
  responseDeserialize(bytes: Buffer): object;
}

const system = await openSystem({ OPERATIONS: 'operations', GRPC_PORT: String(grpcPort) });
const gatewaySeconds = () => system.cpuSeconds()['gateway']!;
let summary: Record<string, number>;
try {
  const graphql = openClient(system.url, connections);
  const { questId, token } = await prepare(graphql);
  const { origin } = new URL(system.url);
  const pool = new Pool(origin, { connections });
  const loaded = loadPackageDefinition(loadSync(join(import.meta.dirname, '../../proto/questline.proto')));
  const { service } = (
    loaded as unknown as { questline: { v1: { Questline: { service: Record<string, Definition> } } } }
  ).questline.v1.Questline;
  // The driver has one core: it takes answers as bytes, and looks into one of each load.
  const raw = Object.fromEntries(
    Object.entries(service).map(([name, one]) => [name, { ...one, responseDeserialize: (bytes: Buffer) => bytes }]),
  );
  const Questline = makeGenericClientConstructor(raw as never, 'Questline') as unknown as new (
    ...given: unknown[]
  ) => Client;
  // Each client has a connection of its own, as several game servers have.
  const clientsOf = (port: number) =>
    Array.from(
      { length: 8 },
      (_, n) =>
        new Questline(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1, n }),
    );
  const clients = clientsOf(grpcPort);
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  const call = (n: number, method: 'GetQuest' | 'GetAllQuests', request: object, of = clients) =>
    new Promise<Buffer>((resolve, reject) => {
      of[n % of.length]![method](request, metadata, (error, bytes) =>
        error ? reject(error as Error) : resolve(bytes),
      );
    });
  const questBytes = await call(0, 'GetQuest', { questId });
  const everyQuest = service['GetAllQuests']!.responseDeserialize(await call(0, 'GetAllQuests', {})) as {
    quests: { nodes: unknown[] };
  };
  const count = everyQuest.quests.nodes.length;
  if (count < 100) throw new Error(`GetAllQuests has ${count} quests`);
  const empty = await openEmptyServer(questBytes);
  const emptyClients = clientsOf(empty.port);
  const query = `query getQuest($quest_id: ID!) { quest(id: $quest_id) { quest_id: id auto_claim: autoClaim streak duplication name description
    rewards { reward_id: id name item quantity } } }`;
  const headers = { authorization: `Bearer ${token}` };
  const doors: Record<'graphql' | 'rest' | 'grpc' | 'empty', (n: number) => Promise<unknown>> = {
    graphql: () => graphql.ask(query, { quest_id: questId }, token),
    rest: async () => {
      const { statusCode, body } = await pool.request({ method: 'GET', path: `/api/v1/quests/${questId}`, headers });
      await body.arrayBuffer();
      if (statusCode !== 200) throw new Error(`REST answered ${statusCode}`);
    },
    grpc: (n) => call(n, 'GetQuest', { questId }),
    empty: (n) => call(n, 'GetQuest', { questId }, emptyClients),
  };
  for (const ask of Object.values(doors)) await put(ask, 2, gatewaySeconds); // until all is compiled
  const cpuMs: Record<string, number[]> = { graphql: [], rest: [], grpc: [], empty: [] };
  for (let round = 0; round < rounds; round++)
    for (const [name, ask] of Object.entries(doors))
      cpuMs[name]!.push((await put(ask, seconds, name === 'empty' ? empty.cpuSeconds : gatewaySeconds)).cpuMs);
  const before = system.cpuSeconds();
  const all = await put((n) => call(n, 'GetAllQuests', {}), seconds, gatewaySeconds);
  const used = Object.entries(system.cpuSeconds()).map(([name, after]) => [name, after - before[name]!] as const);
  console.log(
    `GetAllQuests, cores in use: ${used.map(([name, busy]) => `${name} ${(busy / seconds).toFixed(2)}`).join(', ')}`,
  );
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
  for (const [name, values] of Object.entries(cpuMs))
    console.log(`${name}: ${values.map((value) => value.toFixed(3)).join(', ')} ms of the server's CPU per request`);
  // What else the machine does changes from round to round, and less within one.
  const ratioOf = (name: string) => Number(median(cpuMs[name]!.map((ms, n) => ms / cpuMs['graphql']![n]!)).toFixed(2));
  const ratios = { restPerGraphql: ratioOf('rest'), grpcPerGraphql: ratioOf('grpc') };
  const medianOf = (name: string) => Number(median(cpuMs[name]!).toFixed(4));
  summary = {
    ...{ restCpuMs: medianOf('rest'), grpcCpuMs: medianOf('grpc'), graphqlCpuMs: medianOf('graphql') },
    ...ratios,
    ...{ emptyHttp2CpuMs: medianOf('empty'), grpcPerSecond: Math.round(all.perSecond) },
    getAllQuestsCpuMs: Number(all.cpuMs.toFixed(3)),
  };
  for (const client of [...clients, ...emptyClients]) client.close();
  empty.stop();
  await pool.close();
  await graphql.close();
} finally {
  await system.stop();
}
console.log(JSON.stringify(summary));

/** A hundred quests in all; resolves to the id of one, and the token that reads it. */
async function prepare(client: ReturnType<typeof openClient>): Promise<{ questId: string; token: string }> {
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
  return { questId: (body.data as { questByName: { id: string } }).questByName.id, token };
}

/** Asks as fast as answers come, on so many connections. */
async function put(
  ask: (n: number) => Promise<unknown>,
  seconds: number,
  cpuSeconds: () => number,
): Promise<{ cpuMs: number; perSecond: number }> {
  const before = cpuSeconds();
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
    cpuMs: ((cpuSeconds() - before) * 1000) / count,
    perSecond: count / ((performance.now() - began) / 1000),
  };
}
