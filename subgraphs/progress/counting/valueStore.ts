import { type Transaction, rows } from '../../../shared/database/database.ts';
import type { Active } from '../calendar/streak.rules.ts';
import { isDueAlready } from '../enrolments/next.rules.ts';
import type { Changes } from './changes.rules.ts';
import { type Counted, keyOf } from './player.rules.ts';

/** Values of measures. Everything here works on sets: a batch of five hundred events costs the same number of statements as one. */

/** A value of a player, in a bucket. */
export interface ValueKey {
  userId: string;
  measure: string;
  bucket: number;
}

/** By player, then by `keyOf` measure and bucket. */
export type ByPlayer<Kept> = Map<string, Map<string, Kept>>;

const columns = (keys: readonly ValueKey[]) => [
  keys.map(({ userId }) => userId),
  keys.map(({ measure }) => measure),
  keys.map(({ bucket }) => bucket),
];
const wanted = 'unnest($1::uuid[], $2::uuid[], $3::int[]) wanted(user_id, measure, bucket)';

interface ValueRow {
  user_id: string;
  measure: string;
  bucket: number;
  value: string;
  first_ms: number;
  last_ms: number;
  starts: Record<string, number> | null;
  born: number;
  next: string | null;
  next_at: number;
}

const valueColumns = `user_id, measure, bucket, value, extract(epoch from first_at)::float8 * 1000 as first_ms,
  extract(epoch from last_at)::float8 * 1000 as last_ms, starts, born, next, next_at`;

function place<Kept>(found: ByPlayer<Kept>, userId: string, measure: string, bucket: number, kept: Kept): void {
  const own = found.get(userId) ?? new Map<string, Kept>();
  found.set(userId, own.set(keyOf(measure, bucket), kept));
}

const countedOf = (row: ValueRow): Counted => ({
  value: { value: Number(row.value), firstAt: row.first_ms, lastAt: row.last_ms, starts: row.starts },
  spans: new Map(),
  born: row.born,
  next: row.next === null ? null : Number(row.next),
  nextAt: row.next_at,
});

/** Values, without their periods. */
export async function findValues(em: Transaction, keys: readonly ValueKey[]): Promise<ByPlayer<Counted>> {
  const found: ByPlayer<Counted> = new Map();
  if (keys.length === 0) return found;
  for (const row of await rows<ValueRow>(
    em,
    `select ${valueColumns} from ${wanted} join measure_value using (user_id, measure, bucket)`,
    columns(keys),
  ))
    place(found, row.user_id, row.measure, row.bucket, countedOf(row));
  return found;
}

/** All values of players in these buckets. */
export async function findValuesOf(
  em: Transaction,
  userIds: readonly string[],
  buckets: readonly number[],
): Promise<ByPlayer<Counted>> {
  const found: ByPlayer<Counted> = new Map();
  for (const row of await rows<ValueRow>(
    em,
    `select ${valueColumns} from measure_value where user_id = any($1::uuid[]) and bucket = any($2::int[])`,
    [userIds, buckets],
  ))
    place(found, row.user_id, row.measure, row.bucket, countedOf(row));
  return found;
}

interface SpanRow extends Active {
  user_id: string;
  measure: string;
  bucket: number;
}

/** Adds the periods to values of PERIODS: all of them, or only those named. */
export async function addSpans(
  em: Transaction,
  found: ByPlayer<Counted>,
  keys: readonly ValueKey[],
  only?: readonly number[],
): Promise<void> {
  if (keys.length === 0) return;
  const spans = only
    ? await rows<SpanRow>(
        em,
        `select user_id, measure, bucket, span, early, later
         from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[]) wanted(user_id, measure, bucket, span)
           join active_span using (user_id, measure, bucket, span)`,
        [...columns(keys), only],
      )
    : await rows<SpanRow>(
        em,
        `select user_id, measure, bucket, span, early, later from ${wanted} join active_span using (user_id, measure, bucket)`,
        columns(keys),
      );
  const byKey = Map.groupBy(spans, ({ user_id, measure, bucket }) => `${user_id} ${keyOf(measure, bucket)}`);
  for (const { userId, measure, bucket } of keys) {
    const key = keyOf(measure, bucket);
    const counted = found.get(userId)?.get(key);
    const own = byKey.get(`${userId} ${key}`);
    if (counted && own) {
      const active = own.map(({ span, early, later }): [number, Active] => [span, { span, early, later }]);
      found.get(userId)!.set(key, { ...counted, spans: new Map(active) });
    }
  }
}

/** What DISTINCT values have seen already: of the named digests, or of all. */
export async function findSeen(
  em: Transaction,
  keys: readonly ValueKey[],
  digests?: readonly string[],
): Promise<ByPlayer<Set<string>>> {
  const found: ByPlayer<Set<string>> = new Map();
  if (keys.length === 0) return found;
  const seen = digests
    ? await rows<{ user_id: string; measure: string; bucket: number; digest: string }>(
        em,
        `select user_id, measure, bucket, digest
         from unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[]) wanted(user_id, measure, bucket, digest)
           join distinct_value using (user_id, measure, bucket, digest)`,
        [...columns(keys), digests],
      )
    : await rows<{ user_id: string; measure: string; bucket: number; digest: string }>(
        em,
        `select user_id, measure, bucket, digest from ${wanted} join distinct_value using (user_id, measure, bucket)`,
        columns(keys),
      );
  for (const { user_id, measure, bucket, digest } of seen) {
    const key = keyOf(measure, bucket);
    place(found, user_id, measure, bucket, (found.get(user_id)?.get(key) ?? new Set<string>()).add(digest));
  }
  return found;
}

const instant = (milliseconds: number) => new Date(milliseconds).toISOString();

/** What quests that have opened read is looked at with the next event, in whichever period that is. */
export async function lookAtOpened(
  transaction: Transaction,
  changes: readonly Pick<Changes, 'userId' | 'opened'>[],
): Promise<void> {
  const all = changes.flatMap(({ userId, opened }) =>
    opened
      .flatMap(({ versions }) => versions.flatMap(({ objectives }) => objectives))
      .map(({ measure }) => ({ userId, measure: measure.id })),
  );
  if (all.length === 0) return;
  await rows(
    transaction,
    `update measure_value set next = $3 where (user_id, measure) in (select * from unnest($1::uuid[], $2::uuid[]))`,
    [all.map(({ userId }) => userId), all.map(({ measure }) => measure), isDueAlready],
  );
}

/** Writes values, the periods in which they differ from what was known before, and what they have seen. */
export async function saveValues(
  transaction: Transaction,
  changes: readonly Pick<Changes, 'userId' | 'counted' | 'seen'>[],
  known: ByPlayer<Counted>,
): Promise<void> {
  const all = changes.flatMap(({ userId, counted }) =>
    [...counted].map(([key, { measure, bucket, counted: after }]) => ({
      userId,
      measure: measure.id,
      bucket,
      after,
      before: known.get(userId)?.get(key),
    })),
  );
  if (all.length === 0) return;
  await rows(
    transaction,
    `insert into measure_value (user_id, measure, bucket, value, first_at, last_at, starts, born, next, next_at)
     select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::bigint[], $5::timestamptz[], $6::timestamptz[], $7::jsonb[], $8::int[], $9::bigint[], $10::int[])
     on conflict (user_id, measure, bucket) do update set value = excluded.value, first_at = excluded.first_at, last_at = excluded.last_at,
       starts = excluded.starts, next = excluded.next, next_at = excluded.next_at`,
    [
      ...columns(all),
      all.map(({ after }) => after.value.value),
      all.map(({ after }) => instant(after.value.firstAt)),
      all.map(({ after }) => instant(after.value.lastAt)),
      all.map(({ after: { value } }) => value.starts && JSON.stringify(value.starts)),
      all.map(({ after }) => after.born),
      all.map(({ after }) => after.next),
      all.map(({ after }) => after.nextAt),
    ],
  );
  const spans = all.flatMap(({ after, before, ...key }) =>
    [...after.spans.values()]
      .filter((span) => before?.spans.get(span.span) !== span)
      .map((span) => ({ ...key, ...span })),
  );
  if (spans.length > 0)
    await rows(
      transaction,
      `insert into active_span (user_id, measure, bucket, span, early, later)
       select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[])
       on conflict (user_id, measure, bucket, span) do update set early = excluded.early, later = excluded.later`,
      [
        ...columns(spans),
        spans.map(({ span }) => span),
        spans.map(({ early }) => early),
        spans.map(({ later }) => later),
      ],
    );
  const seen = changes.flatMap(({ userId, seen }) =>
    seen.map(({ measure, bucket, digest }) => ({ userId, measure: measure.id, bucket, digest })),
  );
  if (seen.length > 0)
    await rows(
      transaction,
      `insert into distinct_value (user_id, measure, bucket, digest) select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[])`,
      [...columns(seen), seen.map(({ digest }) => digest)],
    );
}
