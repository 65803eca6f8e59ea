import type { Carrier } from './carrier.ts';
import { type Database, rows } from './database.ts';
import { type Environment, StartRefusal, port } from './environment.ts';

/** What a room tells whoever watches it. The names are Prometheus names without the prefix `questline_`. */
export interface Meter {
  /** Read whenever somebody asks; a reading that fails is left out. */
  gauge(name: string, meaning: string, read: () => Promise<number> | number): void;
  /** Noted as it happens, and counted by these upper bounds. */
  histogram(name: string, meaning: string, bounds: number[]): (value: number) => void;
  stop(): Promise<void>;
}

/** For rooms that nobody watches. */
export const noMeter: Meter = { gauge: () => {}, histogram: () => () => {}, stop: async () => {} };

/**
 * Serves metrics for Prometheus at http://HOST:METRICS_PORT/metrics, on a door of its own that is not for players. Without METRICS_PORT there is
 * none, and its library is not even loaded.
 */
export async function openMeter(environment: Environment, room: string): Promise<Meter> {
  if (!environment['METRICS_PORT']) return noMeter;
  const [{ MeterProvider }, { PrometheusExporter }] = await Promise.all([
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/exporter-prometheus'),
  ]);
  const chosen = port(environment, 'METRICS_PORT', 0);
  const exporter = new PrometheusExporter({
    host: environment['HOST'] ?? '127.0.0.1',
    port: chosen,
    prefix: 'questline',
    preventServerStart: true,
    withoutScopeInfo: true,
    withoutTargetInfo: true,
  });
  const provider = new MeterProvider({ readers: [exporter] });
  const meter = provider.getMeter('questline');
  const labels = { room };
  await exporter.startServer().catch((error: unknown) => {
    throw new StartRefusal(
      `Metrics cannot be served at port ${chosen}: ${error instanceof Error ? error.message : String(error)}.`,
      'Choose another METRICS_PORT, or unset it.',
    );
  });
  return {
    gauge(name, description, read) {
      meter.createObservableGauge(name, { description }).addCallback(async (result) => {
        const value = await Promise.resolve()
          .then(read)
          .catch(() => undefined);
        if (value !== undefined) result.observe(value, labels);
      });
    },
    histogram(name, description, bounds) {
      const histogram = meter.createHistogram(name, {
        description,
        advice: { explicitBucketBoundaries: bounds },
      });
      return (value) => histogram.record(value, labels);
    },
    stop: () => provider.shutdown(),
  };
}

/** How far behind a room's own events are: on their way, and not even published. */
export function watchOutbox(meter: Meter, database: Database, carrier: Carrier, source: string): void {
  const read = async (what: string): Promise<number> => {
    const [row] = await rows<{ n: number }>(database.fork(), `select (${what})::float as n from outbox`);
    return row!.n;
  };
  const age = 'coalesce(extract(epoch from clock_timestamp() - min(created_at)';
  meter.gauge('outbox_events', 'Events that are not confirmed yet', () => read('count(*)'));
  meter.gauge('outbox_age_seconds', 'Age of the oldest event that is not confirmed', () => read(`${age}), 0)`));
  meter.gauge('relay_lag_seconds', 'Age of the oldest event that is not published', () =>
    read(`${age} filter (where published_at is null)), 0)`),
  );
  meter.gauge('stream_events', 'Events that the carrier holds', () => carrier.length(source));
}

/** The same carrier, which notes how many events each batch had and how long it took until it was applied. */
export function measured(carrier: Carrier, meter: Meter): Carrier {
  const size = meter.histogram('consumer_batch_events', 'Events of a batch', [1, 2, 5, 10, 25, 50, 100, 250, 500]);
  const time = meter.histogram(
    'consumer_batch_seconds',
    'Time until a batch was applied',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  );
  return {
    ...carrier,
    consume: (source, group, handle) =>
      carrier.consume(source, group, async (batch) => {
        const began = performance.now();
        await handle(batch);
        size(batch.length);
        time((performance.now() - began) / 1000);
      }),
  };
}
