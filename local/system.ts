import { fileURLToPath } from 'node:url';
import { loadOperations } from '../gateway/operations/operations.ts';
import type { GatewaySettings } from '../gateway/gatewaySettings.ts';
import { startGateway } from '../gateway/server.ts';
import { startAuth } from '../subgraphs/auth/subgraph.ts';
import { startCatalog } from '../subgraphs/catalog/subgraph.ts';
import type { Carrier } from '../shared/delivery/carrier.ts';
import { Seal, sealKey } from '../shared/events.ts';
import type { Readers } from '../shared/identity.ts';
import type { Log } from '../shared/process/log.ts';
import { type Meters, noMeter } from '../shared/process/metrics.ts';
import type { Kept } from '../subgraphs/progress/operations/maintenance.ts';
import { startProgress } from '../subgraphs/progress/subgraph.ts';
import type { DemoClock } from './demoClock.ts';
import type { Joining } from './joining.ts';
import { openJoinedPages } from './joinedPages.ts';
import type { Secrets } from './keep.ts';

export interface SystemSettings {
  /** The database of each subgraph. */
  databases: { auth: string; catalog: string; progress: string } & Readonly<Record<string, string>>;
  carrier: Carrier;
  secrets: Secrets;
  /** Of the gateway; 0: the system chooses. */
  port: number;
  /** Of gRPC; 0: the system chooses. */
  grpcPort?: number;
  /** PEM files, where gRPC is served over TLS. */
  grpcTls?: { certificate: string; key: string };
  /** Demo users and quests. */
  demo: boolean;
  /** Who may read quests and rewards; absent: the signed in. */
  catalogReaders?: Readers;
  /** Built web pages to serve. */
  clientFolder?: string;
  /** Where the catalog caches and auth counts wrong passwords; absent: in this process. */
  redisUrl?: string;
  /** In what the gateway differs from one for development. */
  gateway?: Partial<GatewaySettings>;
  /** Absent: it is what time it is. */
  clock?: DemoClock;
  /** Absent: nobody watches. */
  meters?: Meters;
  /** For how long events are kept; absent: for ever. */
  kept?: Kept;
  /** Whether webhooks may go to this machine and its network, over http too; absent: they may not. */
  privateWebhooks?: boolean;
  /** Subgraphs that join the three. */
  joining?: Joining;
  /** Of the users; absent: the usual number. */
  partitions?: number;
  log: Log;
}

export interface System {
  /** Of the graph. */
  url: string;
  grpcPort: number;
  /** Of each subgraph's own door, which only the gateway's secret opens. */
  subgraphs: Record<'auth' | 'catalog' | 'progress', string> & Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const root = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** All subgraphs and the gateway in one process, each behind its own door as they are everywhere else. */
export async function startSystem({
  databases,
  carrier,
  secrets,
  port,
  grpcPort = 0,
  grpcTls,
  demo,
  catalogReaders,
  redisUrl,
  clientFolder,
  gateway: differently,
  clock,
  meters,
  kept,
  privateWebhooks = false,
  joining = { subgraphs: [], supergraph: root('../supergraph.yaml'), operations: [] },
  partitions,
  log,
}: SystemSettings): Promise<System> {
  const seal = new Seal(secrets.eventSecret);
  const { gatewaySecret, signingKey } = secrets;
  const shared = {
    ...{ host: '127.0.0.1', port: 0, gatewaySecret, carrier, seal },
    ...(clock && { clock: clock.now }),
    ...(partitions && { partitions }),
  };
  const sources = joining.subgraphs.map(({ name }) => name);
  const watched = (subgraph: string) => ({ log: log.child({ subgraph }), meter: meters?.of(subgraph) ?? noMeter });
  await using opened = new AsyncDisposableStack();
  opened.defer(() => carrier.close());
  const auth = await startAuth({
    ...shared,
    databaseUrl: databases.auth,
    signingKey,
    demo,
    sources,
    ...(kept && { inboxDays: kept.inboxDays }),
    ...(redisUrl && { redisUrl }),
    ...watched('auth'),
  });
  opened.defer(() => auth.stop());
  const opening = await Promise.allSettled([
    startCatalog({
      ...shared,
      databaseUrl: databases.catalog,
      keys: auth.keys,
      demo,
      ...(catalogReaders && { readers: catalogReaders }),
      ...(redisUrl && { redisUrl }),
      ...watched('catalog'),
    }),
    startProgress({
      ...shared,
      databaseUrl: databases.progress,
      keys: auth.keys,
      sources,
      ...(kept && { kept }),
      webhooks: { allowPrivate: privateWebhooks },
      ...watched('progress'),
    }),
    ...joining.subgraphs.map(({ name, start }) =>
      start({
        ...shared,
        // As in a process of its own: it can make events of its own and of nobody else.
        seal: Seal.ofSource(name, sealKey(secrets.eventSecret, name)),
        databaseUrl: databases[name]!,
        keys: auth.keys,
        authUrl: auth.url,
        ...(redisUrl && { redisUrl }),
        ...watched(name),
      }),
    ),
  ]);
  for (const subgraph of opening) if (subgraph.status === 'fulfilled') opened.defer(() => subgraph.value.stop());
  const [catalog, progress, ...others] = opening.map((subgraph) => {
    if (subgraph.status === 'rejected') throw subgraph.reason;
    return subgraph.value;
  });
  const subgraphs = {
    ...{ auth: auth.url, catalog: catalog!.url, progress: progress!.url },
    ...Object.fromEntries(sources.map((name, n) => [name, others[n]!.url])),
  };
  const pages = joining.pages === undefined ? undefined : openJoinedPages(joining.pages, sources);
  const gateway = await startGateway({
    host: '127.0.0.1',
    port,
    supergraph: { file: joining.supergraph, urls: subgraphs },
    gatewaySecret,
    keys: auth.keys,
    endingsUrl: auth.endingsUrl,
    development: true,
    grpc: { port: grpcPort, ...(grpcTls && { tls: grpcTls }) },
    operations: loadOperations(root('../operations'), ...joining.operations),
    allowedOrigins: [],
    ...(clientFolder && { clientFolder }),
    async route(path, request, response, viewer) {
      if (await pages?.(path, request, response)) return true;
      return clock ? clock.answer(path, request, response, viewer) : false;
    },
    ...differently,
    ...watched('gateway'),
  });
  opened.defer(() => gateway.stop());
  const running = opened.move();
  return { url: gateway.url, grpcPort: gateway.grpcPort!, subgraphs, stop: () => running.disposeAsync() };
}
