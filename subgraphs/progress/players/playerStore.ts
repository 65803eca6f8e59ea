import { type Transaction, rows } from '../../../shared/database.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import { saveMoves } from '../calendar/timelineStore.ts';
import { insertEvents } from '../events/eventStore.ts';

/** Everything here works on sets: a batch of five hundred events costs the same number of statements as one. */

/** Stores events of any type as they came. Creates the players they are about, and notes the time zones that are given. Resolves to the players who are new. */
export async function saveEvents(
  transaction: Transaction,
  events: EventEnvelope[],
  zoneOf: (event: EventEnvelope) => string | undefined,
): Promise<Set<string>> {
  const zones = new Map<string, { zone: string; at: number } | null>();
  for (const event of events) {
    const zone = zoneOf(event);
    const told = zone === undefined ? null : { zone, at: Date.parse(event.occurredAt) };
    zones.set(event.userId!, told ?? zones.get(event.userId!) ?? null);
  }
  // Only players who are new or have moved are written; for all others this is a read.
  const written = await rows<{ user_id: string; time_zone: string | null; is_new: boolean | null }>(
    transaction,
    `with given as (
       select z.user_id, z.zone, player.time_zone from unnest($1::uuid[], $2::text[]) z(user_id, zone)
       left join player using (user_id) where player.user_id is null or player.time_zone <> z.zone),
     stored as (
       insert into player (user_id, time_zone) select user_id, coalesce(zone, 'UTC') from given order by 1
       on conflict (user_id) do update set time_zone = excluded.time_zone where player.user_id = any($3)
       returning user_id, xmax = 0 as is_new)
     select user_id, given.time_zone, is_new from given left join stored using (user_id)`,
    // A player whom another process creates at this moment keeps the zone from there, unless one is given here.
    [
      [...zones.keys()],
      [...zones.values()].map((told) => told?.zone ?? null),
      [...zones].flatMap(([userId, told]) => (told ? userId : [])),
    ],
  );
  await saveMoves(
    transaction,
    written.flatMap(({ user_id: userId, time_zone: from }) => {
      const told = zones.get(userId);
      return from !== null && told ? [{ userId, from, to: told.zone, at: told.at }] : [];
    }),
  );
  await insertEvents(transaction, events);
  return new Set(written.flatMap((row) => (row.is_new ? row.user_id : [])));
}

/**
 * Locks players, always in the same order, and not against those who only refer to them; whatever writes a player's
 * popups or money holds this lock. Resolves to their popup counters.
 */
export async function lockPlayers(transaction: Transaction, userIds: string[]): Promise<Map<string, number>> {
  const locked = await rows<{ user_id: string; popup_seq: string }>(
    transaction,
    'select user_id, popup_seq from player where user_id = any($1) order by user_id for no key update',
    [userIds],
  );
  return new Map(locked.map((row) => [row.user_id, Number(row.popup_seq)]));
}
