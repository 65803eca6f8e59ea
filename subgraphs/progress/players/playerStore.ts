import { type Transaction, rows } from '../../../shared/database.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import { saveMoves } from '../calendar/timelineStore.ts';
import { insertEvents } from '../events/eventStore.ts';

/** Everything here works on sets: a batch of five hundred events costs the same number of statements as one. */

/**
 * Stores events of any type as they came. Creates the players they are about, locks all of them until the transaction ends, and notes the time
 * zones that are given.
 */
export async function saveEvents(
  transaction: Transaction,
  events: EventEnvelope[],
  zoneOf: (event: EventEnvelope) => string | undefined,
): Promise<void> {
  const told = new Map<string, { zone: string; at: number } | null>();
  for (const event of events) {
    const zone = zoneOf(event);
    const news = zone === undefined ? null : { zone, at: Date.parse(event.occurredAt) };
    told.set(event.userId!, news ?? told.get(event.userId!) ?? null);
  }
  const zones = await lockedZones(transaction, [...told.keys()]);
  await savePlayers(
    transaction,
    [...told].flatMap(([userId, news]) => (zones.has(userId) ? [] : [{ userId, zone: news?.zone ?? null }])),
  );
  await saveMoves(
    transaction,
    [...told].flatMap(([userId, news]) => {
      const from = zones.get(userId);
      return from !== undefined && news && news.zone !== from ? [{ userId, from, to: news.zone, at: news.at }] : [];
    }),
  );
  await insertEvents(transaction, events);
}

/** The zones of those players who are there; they are locked in the same order as everywhere. */
async function lockedZones(transaction: Transaction, userIds: string[]): Promise<Map<string, string>> {
  const locked = await rows<{ user_id: string; time_zone: string }>(
    transaction,
    'select user_id, time_zone from player where user_id = any($1::uuid[]) order by user_id for no key update',
    [userIds],
  );
  return new Map(locked.map((row) => [row.user_id, row.time_zone]));
}

/** A player whom another process creates at this moment keeps the zone from there, unless one is given here. */
async function savePlayers(
  transaction: Transaction,
  players: readonly { userId: string; zone: string | null }[],
): Promise<void> {
  if (players.length === 0) return;
  await rows(
    transaction,
    `insert into player as p (user_id, time_zone) select user_id, coalesce(zone, 'UTC') from unnest($1::uuid[], $2::text[]) t(user_id, zone) order by 1
     on conflict (user_id) do update set time_zone = case when p.user_id = any($3::uuid[]) then excluded.time_zone else p.time_zone end`,
    [
      players.map(({ userId }) => userId),
      players.map(({ zone }) => zone),
      players.filter(({ zone }) => zone !== null).map(({ userId }) => userId),
    ],
  );
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
