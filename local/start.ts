import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localCarrier } from '../shared/delivery/carrierLocal.ts';
import { count, flag, port } from '../shared/process/environment.ts';
import { openLog } from '../shared/process/log.ts';
import { openMeters } from '../shared/process/metrics.ts';
import { watchProcess } from '../shared/process/processMetrics.ts';
import { usualPartitions } from '../shared/delivery/partitions.ts';
import { run } from '../shared/process/run.ts';
import { openTracing } from '../shared/process/tracing.ts';
import { buildClient, clientFolder } from './client.ts';
import { openDemoClock } from './demoClock.ts';
import { type Joining, joiningIn } from './joining.ts';
import { keepSecrets } from './keep.ts';
import { startPostgres } from './postgres.ts';
import { importQuests, storyPassword, tellStory } from './story.ts';
import { keptOf } from '../subgraphs/progress/operations/kept.ts';
import { type System, startSystem } from './system.ts';

/** `npm start`: the whole system on this machine, with nothing but Node. */
const { env } = process;
const folder = env['QUESTLINE_DATA'] ?? fileURLToPath(new URL('../.questline', import.meta.url));
const log = openLog('local', env['LOG_LEVEL'] ?? 'warn');

await run(
  log,
  async () => {
    const began = performance.now();
    const joining = await joiningIn(process.argv.slice(2));
    const building = buildClient();
    await using opened = new AsyncDisposableStack();
    const secrets = keepSecrets(folder);
    const { GRPC_CERTIFICATE: certificate, GRPC_KEY: key } = env;
    const meters = await openMeters(env);
    if (env['METRICS_PORT']) watchProcess(meters.of('local'));
    opened.defer(() => meters.stop());
    const tracing = await openTracing(env, 'local');
    opened.defer(() => tracing.stop());
    const postgres = await startPostgres({ dataDir: folder, log });
    opened.defer(() => postgres.stop());
    const system = await startSystem({
      databases: {
        auth: await postgres.database('auth'),
        catalog: await postgres.database('catalog'),
        progress: await postgres.database('progress'),
        ...(joining && (await databasesOf(joining, postgres))),
      },
      carrier: localCarrier(),
      secrets,
      port: port(env, 'PORT', 4000),
      grpcPort: port(env, 'GRPC_PORT', grpcPortBeside(port(env, 'PORT', 4000))),
      ...(certificate && key && { grpcTls: { certificate, key } }),
      demo: true,
      catalogReaders: flag(env, 'PUBLIC_CATALOG') ? 'everyone' : 'signed in',
      clientFolder,
      clock: openDemoClock(join(folder, 'daysAhead')),
      meters,
      kept: keptOf(env),
      privateWebhooks: flag(env, 'WEBHOOK_PRIVATE_TARGETS'),
      ...(joining && { joining }),
      partitions: count(env, 'PARTITIONS', usualPartitions),
      log,
    });
    opened.defer(() => system.stop());
    await importQuests(system.url, joining?.quests ?? []);
    const obstacle = await building;
    console.log(banner(system, (performance.now() - began) / 1000, joining?.pages !== undefined, obstacle));
    // Only now, so that whoever has just arrived is served first.
    const leaving = new AbortController();
    const telling = tellStory(system.url, leaving.signal).catch((error: unknown) =>
      log.info({ error: String(error) }, 'the story of the demo stops here; the next start goes on with it'),
    );
    opened.defer(async () => {
      leaving.abort();
      await telling;
    });
    const running = opened.move();
    return { stop: () => running.disposeAsync() };
  },
  ({ message, fix }) => console.error(`\n  ${message}\n  ${fix}\n`),
);

/** A database for each subgraph that joins. */
async function databasesOf({ subgraphs }: Joining, postgres: { database(name: string): Promise<string> }) {
  const databases: Record<string, string> = {};
  for (const { name } of subgraphs) databases[name] = await postgres.database(name);
  return databases;
}

/** Behind the ports of the subgraphs, where each is a process of its own. */
function grpcPortBeside(port: number): number {
  return port === 0 ? 0 : port + 4;
}

function banner({ url: address, grpcPort }: System, seconds: number, hasPages: boolean, obstacle?: string): string {
  const url = address.replace('127.0.0.1', 'localhost');
  const origin = new URL(url).origin;
  const client = obstacle ? `  ${obstacle}` : `  The game          ${origin}/\n  The console       ${origin}/operator`;
  const pages = hasPages ? `\n  Pages             ${origin}/pages        of what has joined` : '';
  return `
  Questline is up after ${seconds.toFixed(1)} s. Data: ${folder}

${client}${pages}
  The graph         ${url}   (subscriptions: ${url.replace('http', 'ws')})
  Apollo Sandbox    ${origin}/sandbox
  GraphiQL          ${origin}/graphiql      works offline
  REST              ${origin}/docs          each operation, to read and to try
  gRPC              localhost:${grpcPort}                 proto/questline.proto, or by reflection

  Players           user / password         Operator  operator / password         Service  service / password
                    ben / ${storyPassword} is one sign-in short of a reward; the console knows the others

  First mutation    mutation { signIn(input: { name: "user", password: "password" }) { accessToken } }
  First query       { me { name wallet { diamonds } quests { streak remaining quest { title rewards { item quantity } } } } }
                    with the header  Authorization: Bearer <accessToken>

  Ctrl-C stops everything and keeps the data.
`;
}
