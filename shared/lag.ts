import type { Carrier } from './carrier.ts';
import { type Database, rows } from './database.ts';
import type { Meter } from './metrics.ts';

/** How far behind a subgraph's own events are: on their way, and not even published. */
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
