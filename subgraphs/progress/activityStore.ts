import { type Transaction, rows } from '../shared/database.ts';

/** What happened on one day. */
export interface ActivityDay {
  /** In UTC: 2026-11-21 */
  day: string;
  signIns: number;
  events: number;
  completions: number;
  payments: number;
}

const today = `date_trunc('day', $1::timestamptz, 'UTC')`;
// Written out in each place, and no subquery: only then the planner finds the days by their index.
const firstDay = `${today} - make_interval(hours => 24 * ($2::int - 1))`;
const perDay = (table: string, time: string, counts: string) =>
  `(select date_trunc('day', ${time}, 'UTC') as day, ${counts} from ${table} where ${time} >= ${firstDay} group by 1)`;
const signIns = `count(*) filter (where type in ('UserSignIn', 'NewUserSignIn')) as sign_ins`;

/** The last days, today included, the oldest first; also those on which nothing happened. */
export async function findActivity(em: Transaction, now: Date, days: number): Promise<ActivityDay[]> {
  return rows<ActivityDay>(
    em,
    `select to_char(day at time zone 'UTC', 'YYYY-MM-DD') as day, coalesce(sign_ins, 0)::int as "signIns",
       coalesce(events, 0)::int as events, coalesce(completions, 0)::int as completions, coalesce(payments, 0)::int as payments
     from generate_series(${firstDay}, ${today}, interval '24 hours') as day
       left join ${perDay('event', 'recorded_at', `count(*) as events, ${signIns}`)} e using (day)
       left join ${perDay('completion', 'completed_at', 'count(*) as completions')} c using (day)
       left join ${perDay('payment', 'paid_at', 'count(*) as payments')} p using (day)
     order by day`,
    [now, days],
  );
}
