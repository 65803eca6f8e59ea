import type { Carrier, Stop } from './carrier.ts';
import { type Holding, confirm, missing, retract, trim } from './confirmations.ts';
import { type Database, type Transaction, rows } from '../database/database.ts';
import { type Seal, consumersOf } from '../events.ts';
import { failpoint } from '../process/failpoint.ts';
import { type LeaseTimes, startLeases } from './leases.ts';
import type { Log } from '../process/log.ts';
import { outboxFloor } from './outbox.ts';
import { partitionOf, partitionSql, streamOf, streamsOf, usualPartitions } from './partitions.ts';
import { startRounds } from '../process/rounds.ts';

const batch = 500;
/** Others are told of a commit at most this often: it is news of all commits since. */
const tellMs = 5;

export interface Relay {
  /** A transaction has just committed: look now rather than at the next round. */
  wake(): void;
  stop: Stop;
}

export interface RelaySettings {
  partitions?: number;
  everyMs?: number;
  leases?: LeaseTimes;
}

/**
 * Moves a subgraph's outbox to the carrier. Every process of the subgraph may run one: they share the partitions out among them, and the share of
 * one that is gone or frozen goes to the others. Rounds are woken by `wake`, in whichever process, and come by themselves.
 */
export function startRelay(
  database: Database,
  carrier: Carrier,
  seal: Seal,
  source: string,
  log: Log,
  { partitions = usualPartitions, everyMs = 200, leases: times }: RelaySettings = {},
): Relay {
  const groups = consumersOf(source);
  const streams = streamsOf(source, partitions);
  const leases = startLeases(database, 'relay', streams, log, times);
  const channel = `relay:${source}`;
  let askedAt = -Infinity;
  let telling: NodeJS.Timeout | undefined;
  const floor = outboxFloor();
  // An older version may still have it; what it holds is in the outbox, too.
  void carrier.forgetUnpartitioned(source, groups).catch(() => undefined);
  const round = async (): Promise<number> => {
    const held = leases.held();
    if (held.length === 0) return 0;
    return database.transaction(async (transaction) => {
      const holding = { source, groups, streams: held, partitions, floor: floor.number() };
      // What is missing is asked first: a confirmation that arrives in between then still counts.
      const isTime = performance.now() - askedAt > 1000;
      if (isTime) askedAt = performance.now();
      const lost = isTime ? await missing(transaction, carrier, holding) : [];
      if (isTime) await floor.look(transaction);
      holding.floor = floor.number();
      await confirm(transaction, carrier, holding);
      await retract(transaction, lost, source, log);
      return publish(transaction, carrier, seal, holding);
    });
  };
  let failures = 0;
  const rounds = startRounds(
    () =>
      round().then(
        (count) => {
          failures = 0;
          if (count > 0) failpoint('relay.afterMark');
          return count > 0;
        },
        (error: unknown) => {
          if (failures++ % 50 === 0)
            log.warn({ error: String(error), source }, 'the outbox waits: the carrier or the database is away');
          return false;
        },
      ),
    () => (failures === 0 ? everyMs : Math.min(everyMs * failures, 1000)),
  );
  leases.onChange(rounds.wake);
  const listening = carrier.listen(channel, rounds.wake);
  return {
    wake() {
      rounds.wake();
      if (leases.held().length === streams.length) return;
      telling ??= setTimeout(() => {
        telling = undefined;
        // Whoever does not hear of it looks at the next round.
        carrier.notify(channel, '').catch(() => undefined);
      }, tellMs);
    },
    async stop() {
      clearTimeout(telling);
      await rounds.stop();
      await (
        await listening
      )();
      await leases.stop();
    },
  };
}

/** Publishes what was not. The rows are held by the lease, not by an order of numbers: a row that commits late is simply found in a later round. */
async function publish(transaction: Transaction, carrier: Carrier, seal: Seal, holding: Holding): Promise<number> {
  const { source, streams, partitions, floor } = holding;
  const capacities = await carrier.capacities(streams);
  const open = streams.filter((_, n) => capacities[n]! > 0);
  if (open.length === 0) return 0;
  const waiting = await rows<{ number: string; partition: number; envelope: string; awaited: boolean }>(
    transaction,
    `select number, ${partitionSql('$3')} as partition, envelope, awaiting <> '{}' as awaited from outbox
     where number >= $1 and published_at is null and ${partitionSql('$3')} = any($4::int[]) order by number limit $2`,
    [floor, batch, partitions, open.map(partitionOf)],
  );
  if (waiting.length === 0) return 0;
  const byStream = [...Map.groupBy(waiting, ({ partition }) => streamOf(source, partition))];
  failpoint('relay.afterClaim');
  const outcomes = await Promise.allSettled(
    byStream.map(async ([stream, some]) => {
      const entries = some.map(({ number, envelope }) => ({ id: number, sealed: seal.close(source, envelope) }));
      const positions = await carrier.publish(stream, entries);
      return some.map(({ number, awaited }, n) => ({ stream, number, awaited, position: positions[n]! }));
    }),
  );
  failpoint('relay.afterPublish');
  const placed = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
  // While one node of several is away, what goes to the others is on its way.
  if (placed.length === 0) throw (outcomes[0] as PromiseRejectedResult).reason;
  const [awaited, others] = [placed.filter((row) => row.awaited), placed.filter((row) => !row.awaited)];
  if (awaited.length > 0)
    await rows(
      transaction,
      `update outbox set position = t.position, published_at = statement_timestamp()
       from unnest($1::bigint[], $2::text[]) t(number, position) where outbox.number = t.number`,
      [awaited.map((row) => row.number), awaited.map((row) => row.position)],
    );
  if (others.length > 0) {
    await rows(transaction, 'delete from outbox where number = any($1)', [others.map((row) => row.number)]);
    // Nobody will confirm these. Who listens has them; what came before can go.
    const first = new Map([...others].reverse().map(({ stream, position }) => [stream, position]));
    await trim(transaction, carrier, holding, first);
  }
  return placed.length;
}
