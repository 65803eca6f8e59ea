import { type Transaction, rows } from '../../../shared/database/database.ts';

/** The months of the table of events: made before they are needed, and dropped as wholes. Months and days are of UTC. */

const utc = (instant: string) => `(${instant}::timestamptz at time zone 'UTC')`;

/**
 * The months that have no place yet, as first days: from that of 31 days ago, since events are accepted for 30, to that of two months ahead, and those of
 * events that came all the same. At most so many.
 */
export async function findMissingMonths(em: Transaction, now: Date, limit: number): Promise<string[]> {
  const found = await rows<{ month: string }>(
    em,
    `select month::date::text as month from (
       select date_trunc('month', ${utc('$1')} - interval '31 days') + n * interval '1 month' as month from generate_series(0, 3) n
       union select distinct date_trunc('month', ${utc('occurred_at')}) from event_other) wanted
     where not exists (select from event_month where ends_at > month at time zone 'UTC' and coalesce(begins_at, '-infinity') <= month at time zone 'UTC')
     order by month limit $2`,
    [now, limit],
  );
  return found.map(({ month }) => month);
}

/** Makes the place of a month and moves there what came before. True: it was not there. */
export async function addMonth(transaction: Transaction, month: string): Promise<boolean> {
  const [row] = await rows<{ added: boolean }>(transaction, 'select add_event_month($1::date) as added', [month]);
  return row!.added;
}

/** The first instant that is kept when so many days are: months are kept as wholes. */
export async function findEdge(em: Transaction, now: Date, keptDays: number): Promise<Date> {
  const [row] = await rows<{ edge: string }>(
    em,
    `select date_trunc('month', ${utc('$1')} - $2::int * interval '1 day') at time zone 'UTC' as edge`,
    [now, keptDays],
  );
  return new Date(row!.edge);
}

/** The partitions that end before this instant. */
export async function findMonthsBefore(em: Transaction, edge: Date): Promise<string[]> {
  const found = await rows<{ name: string }>(em, 'select name from event_month where ends_at <= $1 order by ends_at', [
    edge,
  ]);
  return found.map(({ name }) => name);
}

export async function dropMonth(transaction: Transaction, name: string): Promise<void> {
  await transaction.execute(`drop table ${transaction.getPlatform().quoteIdentifier(name)}`);
}

/** Removes so many at most of the events before this instant that no month has a place for. Resolves to how many there were. */
export async function removeStrayEvents(transaction: Transaction, edge: Date, limit: number): Promise<number> {
  const removed = await rows(
    transaction,
    `delete from event_other where ctid = any(array(select ctid from event_other where occurred_at < $1 limit $2)) returning 1`,
    [edge, limit],
  );
  return removed.length;
}

/** Notes that nothing of before this instant is kept any more. */
export async function saveBegin(transaction: Transaction, subject: 'event' | 'inbox', begin: Date): Promise<void> {
  await rows(
    transaction,
    `insert into retention (subject, begins_at) values ($1, $2)
     on conflict (subject) do update set begins_at = greatest(retention.begins_at, excluded.begins_at)`,
    [subject, begin],
  );
}

/** From when on the history of events is whole; null: from the first event on. */
export async function findHistoryBegin(em: Transaction): Promise<Date | null> {
  const [row] = await rows<{ begins_at: string }>(em, `select begins_at from retention where subject = 'event'`);
  return row ? new Date(row.begins_at) : null;
}
