import { type Transaction, rows } from '../../../shared/database/database.ts';
import { type Stretch, type Timeline, livingIn } from './calendar.rules.ts';
import { type ZoneFact, type Zones, bothZones, changedFrom, homeOf, timelineOf } from './zones.rules.ts';

/** Where players have lived, so that an event lies on the day it was for the player when it happened, wherever the player is now. */

/** A player whose days begin at other instants than was known, from this one on (milliseconds since 1970) or from the very first. */
export interface Retimed {
  userId: string;
  from: number;
}

/**
 * Notes what was told of these players, whose rows the transaction holds, and where they have lived by that. `homes`: of each the report that was
 * the earliest until now. Resolves to those for whom that has changed something.
 */
export async function saveZones(
  transaction: Transaction,
  told: ReadonlyMap<string, Zones>,
  homes: ReadonlyMap<string, ZoneFact | null>,
): Promise<Retimed[]> {
  const asked = [...told].filter(([userId, { home, moves }]) => {
    const known = homes.get(userId) ?? null;
    return moves.length > 0 || (home !== null && (known === null || home.at < known.at));
  });
  if (asked.length === 0) return [];
  const movesOf = await findMoves(
    transaction,
    asked.map(([userId]) => userId),
  );
  const changed = asked.flatMap(([userId, news]) => {
    const before = { home: homes.get(userId) ?? null, moves: movesOf(userId) };
    const after = bothZones(before, news);
    return [{ userId, before, after, from: changedFrom(before, after) }];
  });
  await saveFacts(
    transaction,
    changed.map(({ userId, after }) => ({ userId, ...after })),
  );
  await saveStretches(
    transaction,
    changed.filter(({ after }) => after.moves.length > 0).map(({ userId, after }) => ({ userId, zones: after })),
  );
  return changed.flatMap(({ userId, from }) => (from === null ? [] : [{ userId, from }]));
}

async function findMoves(em: Transaction, userIds: readonly string[]): Promise<(userId: string) => ZoneFact[]> {
  const found = await rows<{ user_id: string; at: number; time_zone: string }>(
    em,
    `select user_id, extract(epoch from moved_at)::float8 * 1000 as at, time_zone from zone_move where user_id = any($1::uuid[])
     order by moved_at, time_zone`,
    [userIds],
  );
  const moves = Map.groupBy(found, ({ user_id }) => user_id);
  return (userId) => (moves.get(userId) ?? []).map(({ at, time_zone }) => ({ at, timeZone: time_zone }));
}

async function saveFacts(transaction: Transaction, all: readonly (Zones & { userId: string })[]): Promise<void> {
  const moves = all.flatMap(({ userId, moves }) => moves.map((move) => ({ userId, ...move })));
  if (moves.length > 0)
    await rows(
      transaction,
      `insert into zone_move (user_id, moved_at, time_zone) select * from unnest($1::uuid[], $2::timestamptz[], $3::text[]) on conflict do nothing`,
      [
        moves.map(({ userId }) => userId),
        moves.map(({ at }) => new Date(at).toISOString()),
        moves.map(({ timeZone }) => timeZone),
      ],
    );
  await rows(
    transaction,
    `update player set time_zone = t.zone, zone_told_at = t.at from unnest($1::uuid[], $2::text[], $3::timestamptz[]) t(user_id, zone, at)
     where player.user_id = t.user_id`,
    [
      all.map(({ userId }) => userId),
      all.map((zones) => homeOf(zones)),
      all.map(({ home }) =>
        home === null ? 'infinity' : Number.isFinite(home.at) ? new Date(home.at).toISOString() : '-infinity',
      ),
    ],
  );
}

/** What follows from the facts, so that nothing has to fold them to read a day. */
async function saveStretches(
  transaction: Transaction,
  moved: readonly { userId: string; zones: Zones }[],
): Promise<void> {
  if (moved.length === 0) return;
  const stretches = moved.flatMap(({ userId, zones }) => timelineOf(zones).map((stretch) => ({ userId, ...stretch })));
  await rows(transaction, 'delete from player_zone where user_id = any($1::uuid[])', [
    moved.map(({ userId }) => userId),
  ]);
  await rows(
    transaction,
    `insert into player_zone (user_id, begins_at, time_zone, first_day)
     select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::int[])`,
    [
      stretches.map(({ userId }) => userId),
      stretches.map(({ from }) => (from === -Infinity ? '-infinity' : new Date(from).toISOString())),
      stretches.map(({ timeZone }) => timeZone),
      stretches.map(({ firstDay }) => (firstDay === -Infinity ? null : firstDay)),
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
