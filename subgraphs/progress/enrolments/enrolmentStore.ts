import { type Transaction, rows } from '../../../shared/database/database.ts';
import type { Changes } from '../counting/changes.rules.ts';
import type { Enrolment } from './enrolments.rules.ts';
import { keyOf } from '../counting/player.rules.ts';
import type { ByPlayer } from '../counting/valueStore.ts';

/** How players stand on quests, as far as it does not follow from values. */

interface EnrolmentRow {
  user_id: string;
  quest_id: string;
  bucket: number;
  version: number;
  base: (number | null)[];
  attempts_at_base: number;
  completions_at_base: number;
  completions: number;
  cools_ms: number | null;
}

const columns = `user_id, quest_id, bucket, version, base, attempts_at_base, completions_at_base, completions,
  extract(epoch from cools_until)::float8 * 1000 as cools_ms`;

function placed(found: readonly EnrolmentRow[]): ByPlayer<Enrolment> {
  const byPlayer: ByPlayer<Enrolment> = new Map();
  for (const row of found) {
    const own = byPlayer.get(row.user_id) ?? new Map<string, Enrolment>();
    const enrolment = {
      version: row.version,
      base: row.base,
      attemptsAtBase: row.attempts_at_base,
      completionsAtBase: row.completions_at_base,
      completions: row.completions,
      coolsUntil: row.cools_ms,
    };
    byPlayer.set(row.user_id, own.set(keyOf(row.quest_id, row.bucket), enrolment));
  }
  return byPlayer;
}

/** Those of these players on these quests, in these buckets; and maybe a few of other combinations of them. */
export async function findEnrolments(
  em: Transaction,
  userIds: readonly string[],
  questIds: readonly string[],
  buckets: readonly number[],
): Promise<ByPlayer<Enrolment>> {
  if (userIds.length === 0) return new Map();
  return placed(
    await rows<EnrolmentRow>(
      em,
      `select ${columns} from enrolment where user_id = any($1::uuid[]) and quest_id = any($2::uuid[]) and bucket = any($3::int[])`,
      [userIds, questIds, buckets],
    ),
  );
}

/** All of players in these buckets. */
export async function findEnrolmentsOf(
  em: Transaction,
  userIds: readonly string[],
  buckets: readonly number[],
): Promise<ByPlayer<Enrolment>> {
  return placed(
    await rows<EnrolmentRow>(
      em,
      `select ${columns} from enrolment where user_id = any($1::uuid[]) and bucket = any($2::int[])`,
      [userIds, buckets],
    ),
  );
}

/** How often players have completed quests, over all buckets; those never completed are left out. */
export async function findCompletionCounts(
  em: Transaction,
  userIds: readonly string[],
  questIds: readonly string[] | null,
): Promise<ByPlayer<number>> {
  const found = await rows<{ user_id: string; quest_id: string; n: number }>(
    em,
    `select user_id, quest_id, sum(completions)::int as n from enrolment
     where user_id = any($1::uuid[]) and ($2::uuid[] is null or quest_id = any($2)) group by 1, 2 having sum(completions) > 0`,
    [userIds, questIds],
  );
  const byPlayer: ByPlayer<number> = new Map();
  for (const { user_id, quest_id, n } of found)
    byPlayer.set(user_id, (byPlayer.get(user_id) ?? new Map<string, number>()).set(quest_id, n));
  return byPlayer;
}

export async function saveEnrolments(
  transaction: Transaction,
  changes: readonly Pick<Changes, 'userId' | 'enrolments'>[],
): Promise<void> {
  const all = changes.flatMap(({ userId, enrolments }) => [...enrolments.values()].map((one) => ({ userId, ...one })));
  if (all.length === 0) return;
  await rows(
    transaction,
    `insert into enrolment (user_id, quest_id, bucket, version, base, attempts_at_base, completions_at_base, completions, cools_until)
     select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::jsonb[], $6::int[], $7::int[], $8::int[], $9::timestamptz[])
     on conflict (user_id, quest_id, bucket) do update set version = excluded.version, base = excluded.base,
       attempts_at_base = excluded.attempts_at_base, completions_at_base = excluded.completions_at_base, completions = excluded.completions,
       cools_until = excluded.cools_until`,
    [
      all.map(({ userId }) => userId),
      all.map(({ quest }) => quest.id),
      all.map(({ bucket }) => bucket),
      all.map(({ enrolment }) => enrolment.version),
      all.map(({ enrolment }) => JSON.stringify(enrolment.base)),
      all.map(({ enrolment }) => enrolment.attemptsAtBase),
      all.map(({ enrolment }) => enrolment.completionsAtBase),
      all.map(({ enrolment }) => enrolment.completions),
      all.map(({ enrolment: { coolsUntil } }) => (coolsUntil === null ? null : new Date(coolsUntil).toISOString())),
    ],
  );
}
