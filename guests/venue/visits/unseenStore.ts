import { type Transaction, rows } from '../../../shared/database/database.ts';
import type { Meeting, Sighting } from '../encounters/closeness.rules.ts';

/** One process at a time looks at what is new; who takes consent back waits for it. Any number that no other lock of this database has. */
const watchLock = 4_713_001;

/** False: another process is at it. It ends with the transaction. */
export async function tryToWatch(transaction: Transaction): Promise<boolean> {
  const [row] = await rows<{ ours: boolean }>(transaction, 'select pg_try_advisory_xact_lock($1) as ours', [watchLock]);
  return row!.ours;
}

/** Waits until nobody looks at what is new, and keeps it so until the transaction ends. */
export async function holdWatch(transaction: Transaction): Promise<void> {
  await rows(transaction, 'select pg_advisory_xact_lock($1)', [watchLock]);
}

/** What was taken first and not looked at: some rows, until they have so many fixes. Of people who share; it is taken off the list. */
export async function takeUnseen(transaction: Transaction, fixes: number): Promise<Sighting[]> {
  const taken = await rows<{ userId: string; at: number[]; lat: number[]; lon: number[] }>(
    transaction,
    `with counted as (
       select number, sum(cardinality(captured_at)) over (order by number) - cardinality(captured_at) as before
       from (select number, captured_at from unseen order by number limit $1::bigint) u),
     taken as (delete from unseen where number in (select number from counted where before < $1::bigint) returning *)
     select t.user_id as "userId", array(select extract(epoch from c) * 1000 from unnest(captured_at) c)::float8[] as at, lat, lon
     from taken t join person p on p.user_id = t.user_id and p.shares order by number`,
    [fixes],
  );
  return taken.flatMap(({ userId, at, lat, lon }) =>
    at.map((instant, n): Sighting => ({ userId, at: instant, lat: lat[n]!, lon: lon[n]! })),
  );
}

/** Stores that people met on a day; resolves to those pairs that had not met on it before. */
export async function saveMeetings<Met extends Meeting & { day: number }>(
  transaction: Transaction,
  meetings: readonly Met[],
): Promise<Met[]> {
  if (meetings.length === 0) return [];
  const saved = await rows<{ n: number }>(
    transaction,
    `with given as (select * from unnest($1::int[], $2::uuid[], $3::uuid[]) with ordinality t(day, low, high, n)),
     saved as (insert into meeting (day, low, high) select day, low, high from given on conflict do nothing returning *)
     select n::int from given join saved using (day, low, high)`,
    [meetings.map(({ day }) => day), meetings.map(({ low }) => low), meetings.map(({ high }) => high)],
  );
  return saved.map(({ n }) => meetings[n - 1]!);
}
