import type { Carrier, Stop } from './carrier.ts';
import { type Database, type Transaction, rows } from './database.ts';
import { type Seal, consumers } from './events.ts';
import { failpoint } from './failpoint.ts';
import type { Log } from './log.ts';

/** Any 64-bit number that no other use of advisory locks in this database has. */
const relayLock = 4_711_002;
const batch = 500;
/** A row that was published this long ago and is not confirmed may be lost: ask the carrier. */
const suspiciousAfterMs = 2000;

export interface Relay {
  /** A transaction has just committed: look now rather than at the next round. */
  wake(): void;
  stop: Stop;
}

/**
 * Moves a room's outbox to the carrier. Every process of the room may run one: each round takes a lock that ends with its transaction, so one
 * publishes, the others stand by, and a killed one is replaced at the next round. Rounds are woken by `wake` and come by themselves.
 */
export function startRelay(
  database: Database,
  carrier: Carrier,
  seal: Seal,
  source: string,
  log: Log,
  everyMs = 200,
): Relay {
  const groups = consumers[source] ?? [];
  let stopped = false;
  let woken = false;
  let wakeUp = () => {};
  let askedAt = -Infinity;
  const round = (): Promise<number> =>
    database.transaction(async (transaction) => {
      const [lock] = await rows<{ held: boolean }>(transaction, 'select pg_try_advisory_xact_lock($1) as held', [
        relayLock,
      ]);
      if (!lock?.held) return 0;
      // What is missing is asked first: a confirmation that arrives in between then still counts.
      const isTime = performance.now() - askedAt > 1000;
      if (isTime) askedAt = performance.now();
      const lost = isTime ? await missing(transaction, carrier, source, groups) : [];
      await confirm(transaction, carrier, source, groups);
      await retract(transaction, lost, source, log);
      return publish(transaction, carrier, seal, source, groups);
    });
  const running = (async () => {
    let failures = 0;
    while (!stopped) {
      woken = false;
      const moved = await round().then(
        (count) => {
          failures = 0;
          if (count > 0) failpoint('relay.afterMark');
          return count;
        },
        (error: unknown) => {
          if (failures++ % 50 === 0)
            log.warn({ error: String(error), source }, 'the outbox waits: the carrier or the database is away');
          return 0;
        },
      );
      if (moved > 0 || woken || stopped) continue;
      const pause = failures === 0 ? everyMs : Math.min(everyMs * failures, 1000);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        wakeUp = () => (clearTimeout(timer), resolve());
      });
    }
  })();
  return {
    wake() {
      woken = true;
      wakeUp();
    },
    async stop() {
      stopped = true;
      wakeUp();
      await running;
    },
  };
}

/** Publishes what was not. The rows are held by the lock, not by an order of numbers: a row that commits late is simply found in a later round. */
async function publish(
  transaction: Transaction,
  carrier: Carrier,
  seal: Seal,
  source: string,
  groups: readonly string[],
): Promise<number> {
  const capacity = Math.min(batch, await carrier.room(source));
  if (capacity <= 0) return 0;
  const waiting = await rows<{ number: string; envelope: string }>(
    transaction,
    'select number, envelope from outbox where published_at is null order by number limit $1',
    [capacity],
  );
  if (waiting.length === 0) return 0;
  const entries = waiting.map(({ number, envelope }) => ({ id: number, sealed: seal.close(source, envelope) }));
  failpoint('relay.afterClaim');
  const positions = await carrier.publish(source, entries);
  failpoint('relay.afterPublish');
  const numbers = waiting.map((row) => row.number);
  if (groups.length === 0) {
    await rows(transaction, 'delete from outbox where number = any($1)', [numbers]);
    // Nobody will confirm these. Who listens has them; the batch before makes room.
    await carrier.trim(source, positions[0]!);
  } else
    await rows(
      transaction,
      `update outbox set position = t.position, published_at = statement_timestamp()
       from unnest($1::bigint[], $2::text[]) t(number, position) where outbox.number = t.number`,
      [numbers, positions],
    );
  return waiting.length;
}

/** Lets go of what every room has confirmed, here and on the carrier. */
async function confirm(
  transaction: Transaction,
  carrier: Carrier,
  source: string,
  groups: readonly string[],
): Promise<void> {
  const confirmations = await carrier.takeConfirmations(source, groups);
  if (confirmations.length > 0) failpoint('relay.afterConfirmations');
  for (const { group, entries } of confirmations) {
    // What others have put on the stream is confirmed too, and is no row of ours.
    const own = entries.filter(({ id }) => /^\d{1,18}$/.test(id));
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
  if (confirmations.length === 0) return;
  const [oldest] = await rows<{ position: string }>(
    transaction,
    'select position from outbox where published_at is not null order by published_at, number limit 1',
  );
  await carrier.trim(source, oldest?.position ?? null);
}

/** Positions of published rows that no confirmation will come for. */
async function missing(
  transaction: Transaction,
  carrier: Carrier,
  source: string,
  groups: readonly string[],
): Promise<string[]> {
  const suspicious = await rows<{ position: string }>(
    transaction,
    `select position from outbox where published_at < clock_timestamp() - make_interval(secs => $1) order by published_at limit $2`,
    [suspiciousAfterMs / 1000, batch],
  );
  return suspicious.length === 0
    ? []
    : carrier.missing(
        source,
        groups,
        suspicious.map((row) => row.position),
      );
}

/** Takes back what the carrier has lost, so that it is published again. */
async function retract(transaction: Transaction, lost: string[], source: string, log: Log): Promise<void> {
  if (lost.length === 0) return;
  const taken = await rows(
    transaction,
    'update outbox set position = null, published_at = null where position = any($1) returning number',
    [lost],
  );
  if (taken.length > 0) log.warn({ source, events: taken.length }, 'the carrier lost events: they are published again');
}
