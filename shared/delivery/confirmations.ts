import type { Carrier } from './carrier.ts';
import { type Transaction, rows } from '../database/database.ts';
import { failpoint } from '../process/failpoint.ts';
import type { Log } from '../process/log.ts';
import { partitionOf, partitionSql, streamOf } from './partitions.ts';

/** What has become of the rows that a relay has published: confirmed, lost, or still on their way. */

/** Whose rows: those of a source, in the streams that this process holds. */
export interface Holding {
  source: string;
  groups: readonly string[];
  streams: readonly string[];
  partitions: number;
  /** Below which number the outbox has no rows. */
  floor: string;
}

/** A row that was published this long ago and is not confirmed may be lost: ask the carrier. */
const suspiciousAfterMs = 2000;
const batch = 500;

/** Lets go of what every subgraph has confirmed, here and on the carrier. */
export async function confirm(transaction: Transaction, carrier: Carrier, holding: Holding): Promise<void> {
  const { streams, groups } = holding;
  const confirmations = await carrier.takeConfirmations(streams, groups);
  if (confirmations.length === 0) return;
  failpoint('relay.afterConfirmations');
  for (const [group, some] of Map.groupBy(confirmations, ({ group }) => group)) {
    // What others have put on the stream is confirmed too, and is no row of ours.
    const own = some.flatMap(({ entries }) => entries).filter(({ id }) => /^\d{1,18}$/.test(id));
    const places = [own.map(({ id }) => id), own.map(({ position }) => position)];
    if (groups.length > 1)
      await rows(
        transaction,
        `update outbox set awaiting = array_remove(awaiting, $3) from unnest($1::bigint[], $2::text[]) t(number, position)
         where outbox.number = t.number and outbox.position = t.position`,
        [...places, group],
      );
    await rows(
      transaction,
      `delete from outbox using unnest($1::bigint[], $2::text[]) t(number, position)
       where outbox.number = t.number and outbox.position = t.position and awaiting <@ array[$3]`,
      [...places, group],
    );
  }
  await trim(transaction, carrier, holding, new Map(confirmations.map(({ stream }) => [stream, null])));
}

/** Trims these streams to what is still needed; where nothing is, to the given position, or null: altogether. */
export async function trim(
  transaction: Transaction,
  carrier: Carrier,
  { source, partitions, floor }: Holding,
  streams: ReadonlyMap<string, string | null>,
): Promise<void> {
  const oldest = await rows<{ partition: number; position: string }>(
    transaction,
    `select distinct on (partition) partition, position
     from (select ${partitionSql('$2')} as partition, position, published_at, number from outbox
       where number >= $1 and published_at is not null) published
     where partition = any($3::int[]) order by partition, published_at, number`,
    [floor, partitions, [...streams.keys()].map(partitionOf)],
  );
  const needed = new Map(oldest.map(({ partition, position }) => [streamOf(source, partition), position]));
  await Promise.all([...streams].map(([stream, otherwise]) => carrier.trim(stream, needed.get(stream) ?? otherwise)));
}

export interface Lost {
  group: string;
  numbers: string[];
  positions: string[];
}

/** By group, published rows that wait for its confirmation in vain: a group that has confirmed a row already is not asked again. */
export async function missing(
  transaction: Transaction,
  carrier: Carrier,
  { source, groups, streams, partitions }: Holding,
): Promise<Lost[]> {
  // So many of each partition: one that stands still must not hide what others have lost.
  const suspicious = await rows<{ partition: number; number: string; position: string; awaiting: string[] }>(
    transaction,
    `select partition, number, position, awaiting
     from (select ${partitionSql('$3')} as partition, number, position, awaiting,
         row_number() over (partition by ${partitionSql('$3')} order by published_at) as place
       from outbox where published_at < clock_timestamp() - make_interval(secs => $1)) published
     where place <= $2 and partition = any($4::int[])`,
    [suspiciousAfterMs / 1000, batch, partitions, streams.map(partitionOf)],
  );
  const lost: Lost[] = [];
  for (const [partition, some] of Map.groupBy(suspicious, ({ partition }) => partition))
    for (const group of groups) {
      const asked = some.filter(({ awaiting }) => awaiting.includes(group));
      if (asked.length === 0) continue;
      const positions = asked.map(({ position }) => position);
      // A node that does not answer is asked again: what it holds is not lost for that.
      const gone = new Set(await carrier.missing(streamOf(source, partition), [group], positions).catch(() => []));
      const rows = asked.filter(({ position }) => gone.has(position));
      lost.push({ group, numbers: rows.map(({ number }) => number), positions: rows.map(({ position }) => position) });
    }
  return lost;
}

/** Takes back what the carrier has lost, so that it is published again; what the group has confirmed in the meantime stays. */
export async function retract(
  transaction: Transaction,
  lost: readonly Lost[],
  source: string,
  log: Log,
): Promise<void> {
  for (const { group, numbers, positions } of lost) {
    if (numbers.length === 0) continue;
    const taken = await rows(
      transaction,
      `update outbox set position = null, published_at = null from unnest($1::bigint[], $2::text[]) t(number, position)
       where outbox.number = t.number and outbox.position = t.position and awaiting @> array[$3::text] returning outbox.number`,
      [numbers, positions, group],
    );
    if (taken.length > 0)
      log.warn({ source, events: taken.length }, 'the carrier lost events: they are published again');
  }
}
