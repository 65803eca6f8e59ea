import { crc32 } from 'node:zlib';
import { type Database, type MigrationStep, rows } from '../database/database.ts';
import { StartRefusal } from '../process/environment.ts';

/**
 * The events of a source travel in streams: one for each partition of the users, so that those of one user stay in order and different processes
 * work on different users, and one for events about nobody. How many partitions there are is fixed when the data is made.
 */
export const usualPartitions = 16;

/** Of a user, the same in every process and for ever; a partition is what remains of it, divided by the number of partitions. */
export const hashOf = (userId: string): number => crc32(userId.toLowerCase()) >>> 1;

/** Of events about nobody. */
export const nobodys = -1;

export const streamOf = (source: string, partition: number): string =>
  `${source}:${partition === nobodys ? 'all' : partition}`;

export const sourceOf = (stream: string): string => stream.slice(0, stream.lastIndexOf(':'));

export const partitionOf = (stream: string): number => {
  const name = stream.slice(stream.lastIndexOf(':') + 1);
  return name === 'all' ? nobodys : Number(name);
};

/** All streams of a source. */
export const streamsOf = (source: string, partitions: number): string[] =>
  Array.from({ length: partitions + 1 }, (_, n) => streamOf(source, n - 1));

/** The partition of a row of the outbox as SQL; `$n` is the number of partitions. */
export const partitionSql = (parameter: string) => `coalesce(hash % ${parameter}::int, ${nobodys})`;

/** What came before this step has no partition and travels with the events about nobody; what was on its way is published again. */
export const partitionsMigration: MigrationStep = {
  name: 'shared-004-partitions',
  statements: [
    'alter table outbox add column hash int check (hash >= 0)',
    'update outbox set position = null, published_at = null where position is not null',
    'create table partitioning (partitions int not null check (partitions > 0), is_fixed boolean primary key default true check (is_fixed))',
    // Who works on what is worth nothing after a crash.
    `create unlogged table lease (
      role text,
      stream text,
      owner uuid,
      until timestamptz not null default '-infinity',
      primary key (role, stream)) with (fillfactor = 50)`,
    `create unlogged table lease_holder (
      role text,
      owner uuid,
      until timestamptz not null,
      primary key (role, owner)) with (fillfactor = 50)`,
  ],
};

/** Notes the number of partitions when the data is new. Throws StartRefusal when it is not the one that the data was made with. */
export async function fixPartitions(database: Database, subgraph: string, partitions: number): Promise<void> {
  const [found] = await database.transaction(async (transaction) => {
    await rows(transaction, 'insert into partitioning (partitions) values ($1) on conflict do nothing', [partitions]);
    return rows<{ partitions: number }>(transaction, 'select partitions from partitioning');
  });
  if (found!.partitions === partitions) return;
  throw new StartRefusal(
    `PARTITIONS is ${partitions}, but the data of ${subgraph} was made with ${found!.partitions}.`,
    `Set PARTITIONS to ${found!.partitions}: the number is fixed when the data is made.`,
  );
}
