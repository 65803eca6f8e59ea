import type { Carrier, Stop } from './carrier.ts';
import { confirm, missing, oldestPublished, retract } from './confirmations.ts';
import { type Database, type Transaction, rows } from './database.ts';
import { type Seal, consumersOf } from './events.ts';
import { failpoint } from './failpoint.ts';
import type { Log } from './log.ts';
import { outboxFloor } from './outbox.ts';

/** Any 64-bit number that no other use of advisory locks in this database has. */
const relayLock = 4_711_002;
const batch = 500;

export interface Relay {
  /** A transaction has just committed: look now rather than at the next round. */
  wake(): void;
  stop: Stop;
}

/**
 * Moves a subgraph's outbox to the carrier. Every process of the subgraph may run one: each round takes a lock that ends with its transaction, so one
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
  const groups = consumersOf(source);
  let stopped = false;
  let woken = false;
  let wakeUp = () => {};
  let askedAt = -Infinity;
  const floor = outboxFloor();
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
      if (isTime) await floor.look(transaction);
      await confirm(transaction, carrier, source, groups, floor.number());
      await retract(transaction, lost, source, log);
      return publish(transaction, carrier, seal, source, floor.number());
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
  floor: string,
): Promise<number> {
  const capacity = Math.min(batch, await carrier.capacity(source));
  if (capacity <= 0) return 0;
  const waiting = await rows<{ number: string; envelope: string; awaited: boolean }>(
    transaction,
    `select number, envelope, awaiting <> '{}' as awaited from outbox
     where number >= $1 and published_at is null order by number limit $2`,
    [floor, capacity],
  );
  if (waiting.length === 0) return 0;
  const entries = waiting.map(({ number, envelope }) => ({ id: number, sealed: seal.close(source, envelope) }));
  failpoint('relay.afterClaim');
  const positions = await carrier.publish(source, entries);
  failpoint('relay.afterPublish');
  const placed = waiting.map(({ number, awaited }, n) => ({ number, awaited, position: positions[n]! }));
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
    await carrier.trim(source, (await oldestPublished(transaction, floor)) ?? positions[0]!);
  }
  return waiting.length;
}
