import type { Carrier } from './carrier.ts';
import { type Database, rows } from '../database/database.ts';
import type { Meter } from '../process/metrics.ts';
import { nobodys, partitionSql, streamsOf } from './partitions.ts';

/** How far behind a subgraph's own events are: on their way, and not even published. */
export function watchOutbox(
  meter: Meter,
  database: Database,
  carrier: Carrier,
  source: string,
  partitions: number,
): void {
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
  meter.gauge('partition_lag_seconds', 'By partition, age of the oldest event that is not confirmed', async () => {
    const waiting = await rows<{ partition: number; value: number }>(
      database.fork(),
      `select ${partitionSql('$1')} as partition, ${age}), 0)::float as value from outbox group by 1`,
      [partitions],
    );
    const lags = new Map(waiting.map(({ partition, value }) => [partition, value]));
    // Also of those that wait for nothing: what is not told anew stays as it was told last.
    return Array.from({ length: partitions + 1 }, (_, n) => n - 1).map((partition) => ({
      value: lags.get(partition) ?? 0,
      labels: { partition: partition === nobodys ? 'all' : String(partition) },
    }));
  });
  meter.gauge('stream_events', 'Events that the carrier holds', async () => {
    const lengths = await carrier.lengths(streamsOf(source, partitions));
    return lengths.reduce((sum, length) => sum + length, 0);
  });
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
    consume: (share, group, handle) =>
      carrier.consume(share, group, async (batch) => {
        const began = performance.now();
        await handle(batch);
        size(batch.length);
        time((performance.now() - began) / 1000);
      }),
  };
}
