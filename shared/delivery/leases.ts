import { randomUUID } from 'node:crypto';
import type { Share, Stop } from './carrier.ts';
import { type Database, type Transaction, rows } from '../database/database.ts';
import type { Log } from '../process/log.ts';
import { startRounds } from '../process/rounds.ts';

export interface LeaseTimes {
  /** How long a lease lasts when it is not renewed: a process that is gone or frozen holds others up no longer. */
  leaseMs: number;
  everyMs: number;
}

const usualTimes: LeaseTimes = { leaseMs: 3000, everyMs: 800 };

export interface Leases extends Share {
  stop: Stop;
}

/**
 * Shares streams out among the processes that do the same for them. Each renews its leases, gives up what is more than its share, and takes what
 * is free. For a moment two may hold one stream, when the clock of one stood still: events are applied once all the same.
 */
export function startLeases(
  database: Database,
  role: string,
  streams: readonly string[],
  log: Log,
  { leaseMs, everyMs }: LeaseTimes = usualTimes,
): Leases {
  const owner = randomUUID();
  const listeners = new Set<() => void>();
  let held: readonly string[] = [];
  let heldUntil = -Infinity;

  const settle = (streams: readonly string[], hadLapsed: boolean) => {
    const isSame = streams.length === held.length && streams.every((stream) => held.includes(stream));
    held = streams;
    if (!isSame || hadLapsed) listeners.forEach((hear) => hear());
  };
  const look = async () => {
    const began = performance.now();
    const mine = await database.transaction((transaction) => claim(transaction, role, owner, streams, leaseMs));
    const hadLapsed = performance.now() >= heldUntil;
    // By the database's clock the lease ends later than that.
    heldUntil = began + leaseMs;
    settle(mine, hadLapsed);
  };
  const rounds = startRounds(async () => {
    await look().catch((error: unknown) => log.debug({ error: String(error), role }, 'leases are not renewed'));
    return false;
  }, everyMs);
  return {
    held: () => (performance.now() < heldUntil ? held : []),
    onChange: (hear) => void listeners.add(hear),
    async stop() {
      await rounds.stop();
      settle([], false);
      // Whoever comes next need not wait.
      await database.transaction((transaction) => leave(transaction, role, owner)).catch(() => undefined);
    },
  };
}

async function claim(
  transaction: Transaction,
  role: string,
  owner: string,
  streams: readonly string[],
  leaseMs: number,
): Promise<string[]> {
  const until = `clock_timestamp() + make_interval(secs => $3)`;
  const seconds = leaseMs / 1000;
  const holders = await rows<{ owner: string }>(
    transaction,
    `with me as (
       insert into lease_holder (role, owner, until) values ($1, $2, ${until})
       on conflict (role, owner) do update set until = excluded.until returning owner),
     gone as (delete from lease_holder where role = $1 and owner <> $2 and until < clock_timestamp())
     select owner from me union select owner from lease_holder where role = $1 and until >= clock_timestamp() order by owner`,
    [role, owner, seconds],
  );
  const mine = await rows<{ stream: string }>(
    transaction,
    `update lease set until = ${until} where role = $1 and owner = $2 returning stream`,
    [role, owner, seconds],
  );
  const held = mine.map(({ stream }) => stream).filter((stream) => streams.includes(stream));
  const [share, place] = [Math.floor(streams.length / holders.length), holders.findIndex((one) => one.owner === owner)];
  const fair = share + (place < streams.length % holders.length ? 1 : 0);
  if (held.length > fair) {
    const surplus = held.splice(fair);
    await rows(
      transaction,
      `update lease set owner = null, until = '-infinity' where role = $1 and owner = $2 and stream = any($3)`,
      [role, owner, surplus],
    );
  } else if (held.length < fair) {
    await rows(
      transaction,
      'insert into lease (role, stream) select $1, stream from unnest($2::text[]) stream on conflict do nothing',
      [role, streams],
    );
    const taken = await rows<{ stream: string }>(
      transaction,
      `update lease set owner = $2, until = ${until} where role = $1 and stream in (
         select stream from lease where role = $1 and until < clock_timestamp() and stream = any($4)
         order by stream limit $5 for update skip locked) returning stream`,
      [role, owner, seconds, streams, fair - held.length],
    );
    held.push(...taken.map(({ stream }) => stream));
  }
  return held;
}

async function leave(transaction: Transaction, role: string, owner: string): Promise<void> {
  await rows(transaction, 'delete from lease_holder where role = $1 and owner = $2', [role, owner]);
  await rows(transaction, `update lease set owner = null, until = '-infinity' where role = $1 and owner = $2`, [
    role,
    owner,
  ]);
}
