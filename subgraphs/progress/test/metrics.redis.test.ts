import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { childEnvironment } from '../../../shared/testing/childEnvironment.ts';
import { freePort } from '../../../local/ports.ts';
import { openRedisCarrier } from '../../../shared/delivery/carrierRedis.ts';
import { openDatabase } from '../../../shared/database/database.ts';
import { Seal } from '../../../shared/events.ts';
import { OutboxRow } from '../../../shared/delivery/outbox.ts';
import { testDatabase, until } from '../../../shared/testing/harness.ts';
import { startRedis } from '../../../shared/testing/redis.ts';
import { progressMigrations } from '../migrations/all.ts';
import { log, signIn } from './stage.ts';

const secret = randomBytes(32).toString('hex');

describe('metrics', () => {
  const stops: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });
  const start = (environment: Record<string, string>): { child: ChildProcess; output(): string } => {
    const child = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, '../main.ts')], {
      env: { ...childEnvironment(), GATEWAY_SECRET: secret, EVENT_SECRET: secret, PORT: '0', ...environment },
    });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    const ended = new Promise((resolve) => child.on('exit', resolve));
    stops.push(() => (child.kill(), ended));
    return { child, output: () => output };
  };

  test('of a subgraph that runs alone are served for Prometheus on a port of their own', async () => {
    const redis = await startRedis();
    stops.push(redis.stop);
    const { url, drop } = await testDatabase('progress', async (template) =>
      (
        await openDatabase({
          url: template,
          subgraph: 'progress',
          entities: [OutboxRow],
          migrations: progressMigrations,
          log,
        })
      ).close(),
    );
    stops.push(drop);
    const carrier = await openRedisCarrier(redis.url, log);
    stops.push(() => carrier.close());
    const port = await freePort();
    const environment = { DATABASE_URL: url, REDIS_URL: redis.urlOf('progress'), JWKS_URL: 'http://127.0.0.1:9/none' };
    start({ ...environment, METRICS_PORT: String(port) });
    const metrics = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`);
      const text = await response.text();
      const values = [...text.matchAll(/^questline_(\w+)\{subgraph="progress"\} (\S+)$/gm)];
      return { text, values: Object.fromEntries(values.map(([, name, value]) => [name, Number(value)])) };
    };
    await until(async () => (await metrics()).values['dead_letters'] === 0, 'the first reading');
    const seal = new Seal(secret);
    const sealed = Array.from({ length: 3 }, () => seal.close('auth', JSON.stringify(signIn(randomUUID()))));
    await carrier.publish(
      'auth:all',
      [...sealed, 'forged'].map((one, n) => ({ id: String(n), sealed: one })),
    );
    const { values, text } = await until(async () => {
      const now = await metrics();
      // A slow machine may be brought some of them twice.
      const { dead_letters: letters = 0, consumer_batch_events_sum: events = 0 } = now.values;
      return letters === 1 && events >= 4 ? now : undefined;
    }, 'the batch to be measured');
    expect(values).toMatchObject({
      outbox_events: 0,
      outbox_age_seconds: 0,
      relay_lag_seconds: 0,
      stream_events: 0,
      popup_streams: 0,
      consumer_batch_seconds_count: values['consumer_batch_events_count'],
    });
    expect(values['consumer_batch_seconds_sum']).toBeGreaterThan(0);
    // Of every partition, also of those for which nothing waits.
    expect(text.match(/^questline_partition_lag_seconds\{.*\} 0$/gm)).toHaveLength(17);
    expect(text).toContain('# HELP questline_relay_lag_seconds Age of the oldest event that is not published');

    const second = start({ ...environment, METRICS_PORT: String(port) });
    await until(() => second.child.exitCode === 1, 'the refusal of a port that is taken');
    expect(second.output()).toMatch(/Metrics cannot be served at port \d+: listen EADDRINUSE/);
  });
});
