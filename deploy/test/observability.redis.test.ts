import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { makeSecrets } from '../../local/keep.ts';
import { freePort } from '../../local/ports.ts';
import { type Connection, connect } from '../../local/sql.ts';
import { type System, startSystem } from '../../local/system.ts';
import { log } from '../../local/test/graph.ts';
import { termsForAll } from '../../gateway/supergraph/subgraphTerms.ts';
import { openRedisCarrier } from '../../shared/delivery/carrierRedis.ts';
import { openDatabase } from '../../shared/database/database.ts';
import { type Meters, openMeters } from '../../shared/process/metrics.ts';
import { watchProcess } from '../../shared/process/processMetrics.ts';
import { OutboxRow } from '../../shared/delivery/outbox.ts';
import { testDatabase, until } from '../../shared/testing/harness.ts';
import { startRedis } from '../../shared/testing/redis.ts';
import { progressMigrations } from '../../subgraphs/progress/migrations/all.ts';
import { reconcile } from '../../subgraphs/progress/operations/reconciliation.ts';
import { alerts, alertsFile, type Prometheus, promtool, startPrometheus } from './prometheus.ts';
import { root } from './variables.ts';

interface Dashboard {
  title: string;
  uid: string;
  panels: { title: string; targets: { expr: string }[] }[];
}
const dashboards = globSync(join(root, 'deploy/observability/dashboards/*.json')).map(
  (path) => JSON.parse(readFileSync(path, 'utf8')) as Dashboard,
);

test('the rules are rules, and each alert fires when it should by tests of promtool', () => {
  expect(promtool('check', 'rules', alertsFile)).toMatchObject({ status: 0 });
  const tested = promtool('test', 'rules', 'deploy/observability/alerts.test.yaml');
  expect([tested.status, tested.output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  const cases = readFileSync(join(root, 'deploy/observability/alerts.test.yaml'), 'utf8');
  for (const { alert } of alerts) expect(cases).toContain(`name: ${alert}\n`);
});

test('each alert has its paragraph in the runbook, and no other has one', () => {
  expect(alerts.length).toBeGreaterThanOrEqual(12);
  const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
  const headings = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  expect(headings).toEqual(alerts.map(({ alert }) => alert));
  const entries = runbook.split(/^## \w+$/m).slice(1);
  expect(entries.filter((entry) => !entry.includes('\n```sh\n'))).toEqual([]);
  for (const { alert, annotations } of alerts)
    expect(annotations.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
});

describe('over a running system', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let meters: Meters;
  let system: System;
  let prometheus: Prometheus;
  let progress: Connection;
  const databases: Record<string, string> = {};
  const drops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    for (const name of ['auth', 'catalog', 'progress']) {
      const { url, drop } = await testDatabase('nothing', async () => {});
      drops.push(drop);
      databases[name] = url;
    }
    const port = await freePort();
    meters = await openMeters({ METRICS_PORT: String(port) });
    watchProcess(meters.of('everything'));
    system = await startSystem({
      databases: databases as { auth: string; catalog: string; progress: string },
      carrier: await openRedisCarrier(redis.url, log),
      secrets: makeSecrets(),
      port: 0,
      demo: true,
      redisUrl: redis.url,
      gateway: { subgraphs: termsForAll({ timeoutMs: 1000 }) },
      meters,
      log,
    });
    prometheus = await startPrometheus([port]);
    progress = await connect(databases['progress']!);
  });
  afterAll(async () => {
    await progress.end();
    await prometheus.stop();
    await system.stop();
    await meters.stop();
    await redis.stop();
    for (const drop of drops) await drop();
  });

  const ask = async (query: string, token?: string) => {
    const response = await fetch(system.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as {
      data: { signIn: { accessToken: string } };
      errors?: { extensions: { code: string } }[];
    };
  };
  const signIn = async () =>
    (await ask('mutation { signIn(input: { name: "user", password: "password" }) { accessToken } }')).data.signIn
      .accessToken;
  const reconciled = async () => {
    const database = await openDatabase({
      ...{ url: databases['progress']!, subgraph: 'progress', entities: [OutboxRow], migrations: progressMigrations },
      log,
    });
    return reconcile(database, () => {}).finally(() => database.close());
  };
  const socket = (authorization: string) =>
    new Promise<WebSocket>((resolve) => {
      const opened = new WebSocket(system.url.replace('http', 'ws'), 'graphql-transport-ws');
      opened.on('open', () => opened.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })));
      opened.on('message', () => resolve(opened));
      opened.on('close', () => resolve(opened));
    });

  test('every expression of every dashboard and alert has data', async () => {
    const token = await signIn();
    const player = await socket(`Bearer ${token}`);
    const popup = { query: 'subscription { questCompleted { quest { name } user { name } } }' };
    player.send(JSON.stringify({ id: '1', type: 'subscribe', payload: popup }));
    await socket('Bearer none.none.none');
    for (const _ of [2, 3]) await signIn();
    // A subgraph that waits for a lock answers too late.
    await progress.query('begin');
    await progress.query('lock table balance in access exclusive mode');
    const late = await until(
      async () => (await ask('{ me { wallet { gold } } }', token)).errors,
      'a fetch that takes too long',
    );
    expect(late[0]!.extensions.code).toBe('SUBGRAPH_TIMEOUT');
    await progress.query('rollback');
    await reconciled();
    const expressions = [
      ...dashboards.flatMap(({ title, panels }) =>
        panels.flatMap((panel) => panel.targets.map(({ expr }) => ({ of: `${title}, ${panel.title}`, expr }))),
      ),
      // What an alert compares has data also while nothing is wrong.
      ...alerts.map(({ alert, expr }) => ({ of: alert, expr: expr.replace(/ (>|==) [\d.]+$/, '') })),
    ];
    expect(dashboards.map(({ uid }) => uid).sort()).toEqual(
      ['delivery', 'gateway', 'players', 'sockets'].map((one) => `questline-${one}`),
    );
    expect(expressions.length).toBeGreaterThan(40);
    for (const { of, expr } of expressions)
      await until(async () => {
        // Rates want a change between two readings.
        await ask('{ me { wallet { gold } } }', await signIn());
        return (await prometheus.count(expr)) > 0;
      }, `data for ${of}: ${expr}`);
    player.terminate();
  });

  test('an event that could not be applied, and a balance that does not fit, are noticed', async () => {
    await progress.query(
      `insert into dead_letter (source, event_id, sealed, error, attempts) values ('auth', 'x', 'forged', 'no', 5)`,
    );
    await progress.query('update balance set quantity = quantity + 1');
    expect(await reconciled()).toBe(1);
    const noticed = ['QuestlineDeadLetters', 'QuestlineReconcileDiffers'];
    await until(async () => {
      const active = await prometheus.active();
      return noticed.every((alert) => active.includes(alert));
    }, 'both to be noticed');
    await progress.query('update balance set quantity = quantity - 1');
    expect(await reconciled()).toBe(0);
    await until(async () => !(await prometheus.active()).includes('QuestlineReconcileDiffers'), 'the end of the alert');
  });
});
