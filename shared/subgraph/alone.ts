import { setTimeout as sleep } from 'node:timers/promises';
import type { Carrier } from '../delivery/carrier.ts';
import { openRedisCarrier } from '../delivery/carrierRedis.ts';
import { type Environment, StartRefusal, count, flag, milliseconds } from '../process/environment.ts';
import type { Log } from '../process/log.ts';
import { type Meter, openMeter } from '../process/metrics.ts';
import type { OlderSchema } from '../database/migrations.ts';
import { usualPartitions } from '../delivery/partitions.ts';
import { usualConnections } from '../database/pools.ts';
import type { Running } from '../process/run.ts';
import type { Subgraph } from './subgraph.ts';
import { openTracing } from '../process/tracing.ts';

/** What reaches beyond the process of a subgraph. */
interface Ties {
  redisUrl: string;
  carrier: Carrier;
  meter: Meter;
  /** Of requests; other work has its own in proportion. */
  connections: number;
  /** A replica of the database, which serves reports. */
  readUrl?: string;
  /** Of the users, among which processes share their work. */
  partitions: number;
  older: OlderSchema;
}

/** Starts a subgraph as a process of its own; the other subgraphs are reached by Redis. What was opened for it ends after it. */
export async function startAlone(
  name: string,
  environment: Environment,
  log: Log,
  start: (ties: Ties) => Promise<Subgraph>,
): Promise<Running> {
  const redisUrl = environment['REDIS_URL'];
  if (!redisUrl)
    throw new StartRefusal(
      'REDIS_URL is missing: a subgraph that runs alone sends its events to the others by Redis.',
      'Set REDIS_URL, or run npm start: all subgraphs in one process need no Redis.',
    );
  const partitions = count(environment, 'PARTITIONS', usualPartitions);
  const connections = count(environment, 'DATABASE_CONNECTIONS', usualConnections);
  const readUrl = environment['DATABASE_READ_URL'];
  const drainMs = milliseconds(environment, 'DRAIN_MS', 1500);
  const older = flag(environment, 'MIGRATE') ? 'apply' : 'require';
  const meter = await openMeter(environment, name);
  const tracing = await openTracing(environment, name);
  const carrier = await openRedisCarrier(redisUrl, log, partitions);
  const subgraph = await start({
    redisUrl,
    carrier,
    meter,
    connections,
    ...(readUrl && { readUrl }),
    partitions,
    older,
  }).catch(async (error: unknown) => {
    await carrier.close();
    throw error;
  });
  log.info({ url: subgraph.url }, `${name} is open`);
  return {
    stopSeconds: 5 + drainMs / 1000,
    async stop() {
      subgraph.leave();
      await sleep(drainMs);
      await subgraph.stop();
      await carrier.close();
      await meter.stop();
      await tracing.stop();
    },
  };
}
