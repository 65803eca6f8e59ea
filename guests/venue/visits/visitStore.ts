import { randomUUID } from 'node:crypto';
import { type Transaction, rows } from '../../../shared/database/database.ts';
import { type Visit, awayMs } from './visit.rules.ts';

export interface StoredVisit extends Visit {
  id: string;
  userId: string;
}

const columns = `id, user_id as "userId", place_id as "placeId",
  (extract(epoch from entered_at) * 1000)::float8 as "enteredAt", (extract(epoch from last_at) * 1000)::float8 as "lastAt"`;
const at = (ms: number) => new Date(ms);

/** Visits of these people that may go on, or have gone on before, at an instant between these. */
export const findVisits = (
  em: Transaction,
  userIds: readonly string[],
  since: number,
  until: number,
): Promise<StoredVisit[]> =>
  rows(
    em,
    `select ${columns} from visit where user_id = any($1::uuid[]) and last_at >= $2 and entered_at <= $3 order by entered_at`,
    [userIds, at(since - awayMs), at(until + awayMs)],
  );

/** Stores visits that have just begun; resolves to them. */
export async function saveBegun(
  transaction: Transaction,
  visits: readonly (Visit & { userId: string })[],
): Promise<StoredVisit[]> {
  const stored = visits.map((visit) => ({ ...visit, id: randomUUID() }));
  if (stored.length > 0)
    await rows(
      transaction,
      `insert into visit (id, user_id, place_id, entered_at, last_at)
       select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])`,
      [
        stored.map(({ id }) => id),
        stored.map(({ userId }) => userId),
        stored.map(({ placeId }) => placeId),
        ...spans(stored),
      ],
    );
  return stored;
}

export async function saveChanged(transaction: Transaction, visits: readonly StoredVisit[]): Promise<void> {
  if (visits.length === 0) return;
  await rows(
    transaction,
    `update visit set entered_at = t.e, last_at = t.l, changed_at = clock_timestamp()
     from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) t(id, e, l) where visit.id = t.id`,
    [visits.map(({ id }) => id), ...spans(visits)],
  );
}

const spans = (visits: readonly Visit[]) => [
  visits.map(({ enteredAt }) => at(enteredAt)),
  visits.map(({ lastAt }) => at(lastAt)),
];

/** Somebody who brings what was seen in several batches is given this time between two of them. */
const quietSeconds = 2;

/** Visits that have ended and were not told yet, which they are now; at most so many. */
export const takeEnded = (
  transaction: Transaction,
  now: number,
  limit: number,
): Promise<(StoredVisit & { place: string })[]> =>
  rows(
    transaction,
    `with ended as (
       update visit set is_told = true where id in (
         select id from visit v where not is_told and last_at < $1 and changed_at < clock_timestamp() - make_interval(secs => $2)
           and not exists (select from unseen u where u.user_id = v.user_id)
         order by last_at limit $3)
       returning ${columns})
     select ended.*, name as place from ended join place on place.id = "placeId"`,
    [at(now - awayMs), quietSeconds, limit],
  );
