import { type Transaction, rows } from '../../../shared/database/database.ts';

/** What happened on one day. */
export interface ActivityDay {
  /** In UTC: 2026-11-21 */
  day: string;
  signIns: number;
  events: number;
  completions: number;
  payments: number;
}

/** The last days, today included, the oldest first; also those on which nothing happened. They are counted as they happen. */
export async function findActivity(em: Transaction, now: Date, days: number): Promise<ActivityDay[]> {
  const sum = (count: string, name = count) => `coalesce(sum(${count}), 0)::float8 as "${name}"`;
  return rows<ActivityDay>(
    em,
    `select to_char(day, 'YYYY-MM-DD') as day, ${sum('sign_ins', 'signIns')}, ${sum('events')}, ${sum('completions')}, ${sum('payments')}
     from (select ($1::timestamptz at time zone 'UTC')::date - ago as day from generate_series(0, $2::int - 1) ago) days
       left join activity using (day)
     group by day order by day`,
    [now, days],
  );
}
