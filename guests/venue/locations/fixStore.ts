import { type Transaction, rows } from '../../../shared/database/database.ts';
import { type Sighting, minuteOf } from '../encounters/closeness.rules.ts';
import { type Range, cellOf } from '../encounters/cells.ts';
import type { Candidate, Fix, Location } from './location.rules.ts';

/** A location and whose it is. */
export interface OfPerson {
  userId: string;
  location: Location;
}

/** Milliseconds since 1970. */
const epoch = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;
const instants = (those: readonly OfPerson[]) => those.map(({ location }) => new Date(location.capturedAt));
const users = (those: readonly OfPerson[]) => those.map(({ userId }) => userId);

/** What is stored of the person of each: its id, and the fixes before and after it. */
export async function findNeighbours(
  em: Transaction,
  those: readonly OfPerson[],
): Promise<Omit<Candidate, 'location'>[]> {
  type Row = { isKnown: boolean } & Record<`${'before' | 'after'}${'At' | 'Lat' | 'Lon'}`, number | null>;
  const found = await rows<Row>(
    em,
    `select exists (select from fix where user_id = u and device_event_id = d) as "isKnown",
       b.at as "beforeAt", b.lat as "beforeLat", b.lon as "beforeLon", a.at as "afterAt", a.lat as "afterLat", a.lon as "afterLon"
     from unnest($1::uuid[], $2::text[], $3::timestamptz[]) with ordinality t(u, d, c, n)
     left join lateral (
       select ${epoch('captured_at')} as at, lat, lon from fix
       where user_id = u and captured_at <= c order by captured_at desc limit 1) b on true
     left join lateral (
       select ${epoch('captured_at')} as at, lat, lon from fix
       where user_id = u and captured_at > c order by captured_at limit 1) a on true
     order by n`,
    [users(those), those.map(({ location }) => location.deviceEventId), instants(those)],
  );
  return found.map((row) => ({
    isKnown: row.isKnown,
    before: fixOf(row.beforeAt, row.beforeLat, row.beforeLon),
    after: fixOf(row.afterAt, row.afterLat, row.afterLon),
  }));
}

const fixOf = (at: number | null, lat: number | null, lon: number | null): Fix | null =>
  at === null || lat === null || lon === null ? null : { capturedAt: at, lat, lon };

/** Stores fixes, and that they have to be looked at for visits and meetings. */
export async function saveFixes(transaction: Transaction, those: readonly OfPerson[]): Promise<void> {
  if (those.length === 0) return;
  await rows(
    transaction,
    `insert into fix (user_id, device_event_id, captured_at, minute, cell, lat, lon, accuracy_m)
     select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::int[], $5::bigint[], $6::float8[], $7::float8[], $8::float4[])`,
    [
      users(those),
      those.map(({ location }) => location.deviceEventId),
      instants(those),
      those.map(({ location }) => minuteOf(location.capturedAt)),
      those.map(({ location }) => cellOf(location)),
      those.map(({ location }) => location.lat),
      those.map(({ location }) => location.lon),
      those.map(({ location }) => location.accuracyM),
    ],
  );
  await rows(
    transaction,
    `insert into unseen (user_id, captured_at, lat, lon)
     select u, array_agg(c order by c), array_agg(lat order by c), array_agg(lon order by c)
     from unnest($1::uuid[], $2::timestamptz[], $3::float8[], $4::float8[]) t(u, c, lat, lon) group by u`,
    [
      users(those),
      instants(those),
      those.map(({ location }) => location.lat),
      those.map(({ location }) => location.lon),
    ],
  );
}

const sighting = `f.user_id as "userId", ${epoch('f.captured_at')} as at, f.lat, f.lon`;

/** Where a person was, at most so many times. */
export const findOwn = (
  em: Transaction,
  userId: string,
  since: Date,
  until: Date,
  limit: number,
): Promise<Sighting[]> =>
  rows(
    em,
    `select ${sighting} from fix f where f.user_id = $1 and f.captured_at between $2 and $3 order by f.captured_at limit $4`,
    [userId, since, until, limit],
  );

/** Everybody within these ranges who shares; at most so many fixes. */
export const findWithin = (em: Transaction, ranges: readonly Range[], limit: number): Promise<Sighting[]> =>
  rows(
    em,
    // One look at the index for each range, whatever the planner believes of the table.
    `select ${sighting} from unnest($1::int[], $2::bigint[], $3::bigint[]) r(minute, low, high)
     cross join lateral (select * from fix where fix.minute = r.minute and cell between r.low and r.high offset 0) f
     where exists (select from person p where p.user_id = f.user_id and p.shares) limit $4`,
    [
      ranges.map(({ minute }) => minute),
      ranges.map(({ low }) => low.toString()),
      ranges.map(({ high }) => high.toString()),
      limit,
    ],
  );
