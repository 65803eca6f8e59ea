import { type Transaction, rows } from '../../../shared/database.ts';
import { type Sighting, minuteOf } from '../encounters/closeness.rules.ts';
import { type Range, cellOf } from '../encounters/cells.ts';
import type { Candidate, Fix, Location } from './location.rules.ts';

/** A location and whose it is. */
export interface OfPerson {
  userId: string;
  location: Location;
}

const instants = (those: readonly OfPerson[]) => those.map(({ location }) => new Date(location.capturedAt));
const users = (those: readonly OfPerson[]) => those.map(({ userId }) => userId);

/** What is stored of the person of each: its id, and the last fix that is not later. */
export async function findBefore(em: Transaction, those: readonly OfPerson[]): Promise<Omit<Candidate, 'location'>[]> {
  const found = await rows<{ isKnown: boolean; at: number | null; lat: number; lon: number }>(
    em,
    `select exists (select from fix where user_id = u and device_event_id = d) as "isKnown", b.at, b.lat, b.lon
     from unnest($1::uuid[], $2::text[], $3::timestamptz[]) with ordinality t(u, d, c, n)
     left join lateral (
       select (extract(epoch from captured_at) * 1000)::float8 as at, lat, lon from fix
       where user_id = u and captured_at <= c order by captured_at desc limit 1) b on true
     order by n`,
    [users(those), those.map(({ location }) => location.deviceEventId), instants(those)],
  );
  return found.map(({ isKnown, at, lat, lon }) => {
    const before: Fix | null = at === null ? null : { capturedAt: at, lat, lon };
    return { isKnown, before };
  });
}

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
    `insert into unseen (user_id, since, until)
     select u, min(c), max(c) from unnest($1::uuid[], $2::timestamptz[]) t(u, c) group by u`,
    [users(those), instants(those)],
  );
}

const sighting = `f.user_id as "userId", (extract(epoch from f.captured_at) * 1000)::float8 as at, f.lat, f.lon`;

/** Where people were, each within a time of their own; at most so many. */
export const findFixes = (
  em: Transaction,
  spans: readonly { userId: string; since: Date; until: Date }[],
  limit: number,
): Promise<Sighting[]> =>
  rows(
    em,
    `select distinct on (f.user_id, f.captured_at, f.device_event_id) ${sighting}
     from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) s(u, since, until)
     join fix f on f.user_id = s.u and f.captured_at between s.since and s.until
     order by f.user_id, f.captured_at, f.device_event_id limit $4`,
    [spans.map(({ userId }) => userId), spans.map(({ since }) => since), spans.map(({ until }) => until), limit],
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
