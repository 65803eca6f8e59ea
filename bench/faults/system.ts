import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeSecrets } from '../../local/keep.ts';
import { freePort } from '../../local/ports.ts';
import { type Postgres, startPostgres } from '../../local/postgres.ts';
import { exists } from '../../local/postmaster.ts';
import { type RedisCluster, startRedisCluster } from '../../local/redisCluster.ts';
import { connect } from '../../local/sql.ts';
import { Seal } from '../../shared/events.ts';
import { type FaultyRedis, faultyRedis } from './redis.ts';
import { type Subgraph, subgraph } from './subgraphs.ts';

export type SubgraphName = 'gateway' | 'auth' | 'auth2' | 'catalog' | 'progress' | 'progress2';
export type DatabaseName = 'auth' | 'catalog' | 'progress';

/** The whole system as real processes: a PostgreSQL, a Redis, the gateway, three subgraphs, and a second auth and progress. */
export interface System {
  graphUrl: string;
  subgraphs: Record<SubgraphName, Subgraph>;
  /** Where Prometheus may ask each process. */
  metricsPorts: Record<SubgraphName, number>;
  redis: FaultyRedis;
  /** In the place of `redis`, when the system was started on one. */
  cluster: RedisCluster | undefined;
  /** Of each database, for whoever migrates it. */
  databases: Record<DatabaseName, string>;
  seal: Seal;
  /** Rows of one statement, on a connection of its own, because the server may have died since the last one. */
  query<Row>(database: DatabaseName, statement: string, parameters?: unknown[]): Promise<Row[]>;
  /** Ends PostgreSQL by this signal and starts it again. */
  restartPostgres(signal: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

export async function startSystem(on: 'server' | 'cluster' = 'server'): Promise<System> {
  const folder = mkdtempSync(join(tmpdir(), 'questline-faults-'));
  chmodSync(folder, 0o755); // as root, PostgreSQL runs as another user
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  const launch = (port?: number): Promise<Postgres> =>
    startPostgres({ dataDir: folder, ...(port && { port }), flags: ['-c', 'max_connections=200'] });
  let postgres = await launch();
  opened.defer(() => postgres.stop());
  const urls = {
    auth: await postgres.database('auth'),
    catalog: await postgres.database('catalog'),
    progress: await postgres.database('progress'),
  };
  const redis = faultyRedis(await freePort(), folder);
  await redis.start();
  opened.defer(() => redis.kill());
  const cluster = on === 'cluster' ? await startRedisCluster({ replicas: 1, folder }) : undefined;
  opened.defer(async () => cluster?.stop());

  const secrets = makeSecrets();
  const [ports, metricsPorts] = [await portsOfAll(), await portsOfAll()];
  const at = (name: SubgraphName) => `http://127.0.0.1:${ports[name]}`;
  const both = (name: 'auth' | 'progress') => `${at(name)}/graphql,${at(`${name}2`)}/graphql`;
  const keys = { GATEWAY_SECRET: secrets.gatewaySecret, JWKS_URL: `${at('auth')}/.well-known/jwks.json` };
  const environment = (database: DatabaseName) => ({
    ...keys,
    EVENT_SECRET: secrets.eventSecret,
    AUTH_SIGNING_KEY: secrets.signingKey,
    DATABASE_URL: urls[database],
    REDIS_URL: cluster?.url ?? redis.url,
    DEMO_DATA: 'true',
    // Targets of webhooks are on this machine.
    WEBHOOK_PRIVATE_TARGETS: 'true',
    // All of the load comes from one address.
    GUEST_SIGN_INS_PER_MINUTE: '9999999',
  });
  const one = (name: Exclude<SubgraphName, 'gateway'>, database: DatabaseName) =>
    subgraph(name, `subgraphs/${database}/main.ts`, ports[name], {
      ...environment(database),
      METRICS_PORT: String(metricsPorts[name]),
    });
  const subgraphs: Record<SubgraphName, Subgraph> = {
    auth: one('auth', 'auth'),
    auth2: one('auth2', 'auth'),
    catalog: one('catalog', 'catalog'),
    progress: one('progress', 'progress'),
    progress2: one('progress2', 'progress'),
    gateway: subgraph('gateway', 'gateway/main.ts', ports.gateway, {
      ...keys,
      ROUTING_URL_AUTH: both('auth'),
      ROUTING_URL_CATALOG: `${at('catalog')}/graphql`,
      ROUTING_URL_PROGRESS: both('progress'),
      METRICS_PORT: String(metricsPorts.gateway),
    }),
  };
  for (const each of Object.values(subgraphs)) opened.defer(() => each.stop());
  await Promise.all(Object.values(subgraphs).map((each) => each.start()));
  const running = opened.move();
  let stopped: Promise<void> | undefined;

  return {
    graphUrl: `${at('gateway')}/graphql`,
    subgraphs,
    metricsPorts,
    redis,
    cluster,
    databases: urls,
    seal: new Seal(secrets.eventSecret),
    async query<Row>(database: DatabaseName, statement: string, parameters: unknown[] = []) {
      const connection = await connect(urls[database]);
      try {
        return (await connection.query<Row>(statement, parameters)).rows;
      } finally {
        await connection.end();
      }
    },
    async restartPostgres(signal) {
      const { pid } = postgres;
      process.kill(pid, signal);
      while (exists(pid)) await sleep(10);
      postgres = await launch(Number(new URL(urls.auth).port));
    },
    stop: () => (stopped ??= running.disposeAsync()),
  };
}

async function portsOfAll(): Promise<Record<SubgraphName, number>> {
  const names: SubgraphName[] = ['gateway', 'auth', 'auth2', 'catalog', 'progress', 'progress2'];
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()] as const))) as Record<
    SubgraphName,
    number
  >;
}
