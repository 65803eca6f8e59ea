import type { ObservableResult } from '@opentelemetry/api';
import { type Environment, StartRefusal, port } from './environment.ts';
import { watchProcess } from './processMetrics.ts';

/** One of several values under a name, told apart by labels. */
export interface Reading {
  value: number;
  labels: Record<string, string>;
}

type Value = number | readonly Reading[];
type Read = () => Promise<Value> | Value;

/** What a process tells whoever watches it. The names are Prometheus names without the prefix `questline_`. */
export interface Meter {
  /** Read whenever somebody asks; a reading that fails is left out. */
  gauge(name: string, meaning: string, read: Read): void;
  /** The same for what only grows. */
  counter(name: string, meaning: string, read: Read): void;
  /** Noted as it happens, and counted by these upper bounds. */
  histogram(
    name: string,
    meaning: string,
    bounds: readonly number[],
  ): (value: number, labels?: Record<string, string>) => void;
}

/** One page of metrics for all subgraphs of a process. */
export interface Meters {
  of(subgraph: string): Meter;
  stop(): Promise<void>;
}

/** For processes that nobody watches. */
export const noMeter: Meter = { gauge: () => {}, counter: () => {}, histogram: () => () => {} };

/** For a process that is one subgraph. */
export async function openMeter(environment: Environment, subgraph: string): Promise<Meter & Pick<Meters, 'stop'>> {
  const { of, stop } = await openMeters(environment);
  const meter = of(subgraph);
  if (meter !== noMeter) watchProcess(meter);
  return { ...meter, stop };
}

/**
 * Serves metrics for Prometheus at http://HOST:METRICS_PORT/metrics, on a door of its own that is not for players. Without METRICS_PORT there is
 * none, and its library is not even loaded.
 */
export async function openMeters(environment: Environment): Promise<Meters> {
  if (!environment['METRICS_PORT']) return { of: () => noMeter, stop: async () => {} };
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
  await exporter.startServer().catch((error: unknown) => {
    throw new StartRefusal(
      `Metrics cannot be served at port ${chosen}: ${error instanceof Error ? error.message : String(error)}.`,
      'Choose another METRICS_PORT, or unset it.',
    );
  });
  const of = (subgraph: string): Meter => {
    const observe = (read: Read) => async (result: ObservableResult) => {
      const readings = await Promise.resolve()
        .then(read)
        .catch((): Value => []);
      if (typeof readings === 'number') result.observe(readings, { subgraph });
      else for (const { value, labels } of readings) result.observe(value, { subgraph, ...labels });
    };
    return {
      gauge: (name, description, read) => meter.createObservableGauge(name, { description }).addCallback(observe(read)),
      counter: (name, description, read) =>
        meter.createObservableCounter(name, { description }).addCallback(observe(read)),
      histogram(name, description, bounds) {
        const advice = { explicitBucketBoundaries: [...bounds] };
        const histogram = meter.createHistogram(name, { description, advice });
        return (value, labels) => histogram.record(value, { subgraph, ...labels });
      },
    };
  };
  return { of, stop: () => provider.shutdown() };
}
