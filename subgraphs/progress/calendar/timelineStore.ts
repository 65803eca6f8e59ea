import { type Transaction, rows } from '../../../shared/database.ts';
import { type Stretch, type Timeline, livingIn, move } from './calendar.rules.ts';

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
  const userIds = moves.map(({ userId }) => userId);
  const timelineOf = await findTimelines(transaction, userIds);
  const moved = moves.flatMap(({ userId, from, to, at }) => {
    const timeline = timelineOf(userId);
    // Who moves for the first time has lived in one place only, and that is no longer the player's zone.
    const before = timeline.length > 1 ? timeline : livingIn(from);
    return move(before, to, at).map((stretch) => ({ userId, ...stretch }));
  });
  await rows(
    transaction,
    `update player set time_zone = t.zone from unnest($1::uuid[], $2::text[]) t(user_id, zone) where player.user_id = t.user_id`,
    [userIds, moves.map(({ to }) => to)],
  );
  await rows(transaction, 'delete from player_zone where user_id = any($1::uuid[])', [userIds]);
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
  const found = await rows<{
    user_id: string;
    home: string;
    from: number | null;
    time_zone: string | null;
    first_day: number | null;
  }>(
    em,
    `select user_id, player.time_zone as home, case when first_day is not null then extract(epoch from begins_at)::float8 * 1000 end as "from",
       z.time_zone, first_day
     from player left join player_zone z using (user_id) where user_id = any($1::uuid[]) order by begins_at`,
    [userIds],
  );
  const timelines = new Map<string, Stretch[]>();
  for (const { user_id, home, from, time_zone, first_day } of found) {
    const stretch = { from: from ?? -Infinity, timeZone: time_zone ?? home, firstDay: first_day ?? -Infinity };
    timelines.set(user_id, [...(timelines.get(user_id) ?? []), stretch]);
  }
  return (userId) => timelines.get(userId) ?? livingIn('UTC');
}
