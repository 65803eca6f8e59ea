import { type Transaction, rows } from '../../../shared/database.ts';
import type { Timeline } from './calendar.rules.ts';
import type { Active } from './streak.rules.ts';

/**
 * The days, weeks and months in which something happened to a player. A row is written once or twice in its period, however many events
 * come.
 */

/** What quests by calendar read of one player, in the order of time. */
export interface Activity {
  userId: string;
  tally: string;
  timeline: Timeline;
  active: Active[];
}

/** As columns: a row for each period. */
const columns = (activities: readonly Activity[]) => {
  const all = activities.flatMap(({ userId, tally, active }) => active.map((one) => ({ userId, tally, ...one })));
  return [
    all.map(({ userId }) => userId),
    all.map(({ tally }) => tally),
    all.map(({ span }) => span),
    all.map(({ early }) => early),
    all.map(({ later }) => later),
  ];
};

/** Would storing it change a row? */
export async function comparedToStored(
  em: Transaction,
  happened: readonly Activity[],
): Promise<(one: Activity) => boolean> {
  if (happened.length === 0) return () => false;
  const found = await rows<{ key: string }>(
    em,
    `select distinct t.user_id || t.tally as key from unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::bool[])
       t(user_id, tally, span, early, later) left join active_span a using (user_id, tally, span)
     where a.span is null or (t.early > 0 and a.early < 2) or (t.later and not a.later)`,
    columns(happened),
  );
  const keys = new Set(found.map(({ key }) => key));
  return ({ userId, tally }) => keys.has(`${userId}${tally}`);
}

/** Those of whom nothing is stored yet, as after the first event since a quest was defined: `user tally`. */
export async function findUnknown(
  em: Transaction,
  wanted: readonly Pick<Activity, 'userId' | 'tally'>[],
): Promise<Set<string>> {
  const found = await rows<{ key: string }>(
    em,
    `select user_id || tally as key from unnest($1::uuid[], $2::text[]) t(user_id, tally)
     where not exists (select from active_span a where a.user_id = t.user_id and a.tally = t.tally)`,
    [wanted.map(({ userId }) => userId), wanted.map(({ tally }) => tally)],
  );
  return new Set(found.map(({ key }) => key));
}

export async function saveActivity(transaction: Transaction, news: readonly Activity[]): Promise<void> {
  await rows(
    transaction,
    `insert into active_span (user_id, tally, span, early, later)
     select * from unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::bool[])
     on conflict (user_id, tally, span) do update
       set early = least(2, active_span.early + excluded.early), later = active_span.later or excluded.later`,
    columns(news),
  );
}

/** All that is stored of these. */
export async function findActivity(em: Transaction, wanted: readonly Activity[]): Promise<Activity[]> {
  if (wanted.length === 0) return [];
  const found = await rows<Active & { key: string }>(
    em,
    `select user_id || tally as key, span, early, later from active_span
     where (user_id, tally) in (select * from unnest($1::uuid[], $2::text[])) order by user_id, tally, span`,
    [wanted.map(({ userId }) => userId), wanted.map(({ tally }) => tally)],
  );
  const byKey = Map.groupBy(found, ({ key }) => key);
  return wanted.map((one) => ({ ...one, active: byKey.get(`${one.userId}${one.tally}`) ?? [] }));
}
