import { dayMs, localDay } from '../../../shared/calendar.rules.ts';
import type { Stop } from '../../../shared/delivery/carrier.ts';
import type { Clock } from '../../../shared/clock.ts';
import { type Database, type Transaction, rows } from '../../../shared/database/database.ts';
import type { Log } from '../../../shared/process/log.ts';
import { minuteOf } from '../encounters/closeness.rules.ts';
import type { VenueSettings } from '../settings.ts';
import { startRounds } from '../../../shared/process/rounds.ts';

const everyMs = 600_000;
/** A transaction removes so many rows at most, and others go on between two. */
const rowsAtOnce = 5000;

/** Removes what is older than it may be kept. */
export function startRetention(
  database: Database,
  clock: Clock,
  { timeZone, keptDays }: VenueSettings,
  log: Log,
): Stop {
  const clear = async (signal: AbortSignal, table: string, condition: string, bound: unknown) => {
    const statement = `delete from ${table} where ctid = any(array(select ctid from ${table} where ${condition} limit $2)) returning 1`;
    const some = (transaction: Transaction) => rows(transaction, statement, [bound, rowsAtOnce]);
    while (!signal.aborted && (await database.transaction(some)).length === rowsAtOnce);
  };
  const round = async (signal: AbortSignal) => {
    const oldest = clock().getTime() - keptDays * dayMs;
    await clear(signal, 'fix', 'minute < $1', minuteOf(oldest));
    await clear(signal, 'visit', 'last_at < $1', new Date(oldest));
    await clear(signal, 'meeting', 'day < $1', localDay(timeZone, oldest));
  };
  return startRounds(async (signal) => {
    await round(signal).catch((error: unknown) =>
      log.warn({ error: String(error) }, 'what is too old could not be removed'),
    );
    return false;
  }, everyMs).stop;
}
