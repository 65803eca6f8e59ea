import { type Transaction, rows } from '../shared/database.ts';
import { type Stretch, type Timeline, livingIn, move } from './calendar.ts';

/** Where players have lived, so that an event lies on the day it was for the player when it happened, wherever the player is now. */

export interface Move {
  userId: string;
  from: string;
  to: string;
  /** Milliseconds since 1970 */
  at: number;
}

/** Stores that these players, whose rows the transaction holds, live elsewhere from now on. */
export async function saveMoves(transaction: Transaction, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return;
  const kept = await findStretches(
    transaction,
    moves.map(({ userId }) => userId),
  );
  const moved = moves.flatMap(({ userId, from, to, at }) =>
    move(kept.get(userId) ?? livingIn(from), to, at).map((stretch) => ({ userId, ...stretch })),
  );
  await rows(transaction, 'delete from player_zone where user_id = any($1::uuid[])', [
    moves.map(({ userId }) => userId),
  ]);
  await rows(
    transaction,
    `insert into player_zone (user_id, begins_at, time_zone, first_day)
     select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::int[])`,
    [
      moved.map(({ userId }) => userId),
      moved.map(({ from }) => (from === -Infinity ? '-infinity' : new Date(from).toISOString())),
      moved.map(({ timeZone }) => timeZone),
      moved.map(({ firstDay }) => (firstDay === -Infinity ? null : firstDay)),
    ],
  );
}

/** Where these players have lived; one whom nobody knows lives in UTC. */
export async function findTimelines(
  em: Transaction,
  userIds: readonly string[],
): Promise<(userId: string) => Timeline> {
  const [players, stretches] = await Promise.all([
    rows<{ user_id: string; time_zone: string }>(
      em,
      'select user_id, time_zone from player where user_id = any($1::uuid[])',
      [userIds],
    ),
    findStretches(em, userIds),
  ]);
  const zones = new Map(players.map((row) => [row.user_id, row.time_zone]));
  return (userId) => stretches.get(userId) ?? livingIn(zones.get(userId) ?? 'UTC');
}

async function findStretches(em: Transaction, userIds: readonly string[]): Promise<Map<string, Stretch[]>> {
  const found = await rows<{ user_id: string; from: number | null; time_zone: string; first_day: number | null }>(
    em,
    `select user_id, case when first_day is not null then extract(epoch from begins_at)::float8 * 1000 end as "from", time_zone, first_day
     from player_zone where user_id = any($1::uuid[]) order by user_id, begins_at`,
    [userIds],
  );
  const byUser = Map.groupBy(found, (row) => row.user_id);
  return new Map(
    [...byUser].map(([userId, stretches]) => [
      userId,
      stretches.map((row) => ({
        from: row.from ?? -Infinity,
        timeZone: row.time_zone,
        firstDay: row.first_day ?? -Infinity,
      })),
    ]),
  );
}
