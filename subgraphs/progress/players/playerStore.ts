import { type Transaction, rows } from '../../../shared/database/database.ts';
import { type Retimed, saveZones } from '../calendar/timelineStore.ts';
import { type ZoneFact, type Zones } from '../calendar/zones.rules.ts';

/** Everything here works on sets: a batch of five hundred events costs the same number of statements as one. */

/**
 * Creates players who are not there, locks all of them until the transaction ends, and notes what was told of their time zones. Resolves to those
 * whose days begin at other instants by that than was known, and to those who have been erased: of them nothing is kept, no entry in the inbox either.
 */
export async function savePlayers(
  transaction: Transaction,
  told: ReadonlyMap<string, Zones>,
): Promise<{ retimed: Retimed[]; erased: ReadonlySet<string> }> {
  const erased = new Set<string>();
  const homes = await lockedHomes(transaction, [...told.keys()], erased);
  const missing = [...told.keys()].filter((userId) => !homes.has(userId) && !erased.has(userId));
  if (missing.length > 0) {
    const created = await createPlayers(transaction, missing, told);
    // Those whom another process has created, or erased, at this moment.
    const others = missing.filter((userId) => !created.has(userId));
    for (const [userId, home] of await lockedHomes(transaction, others, erased)) homes.set(userId, home);
    for (const userId of created) homes.set(userId, told.get(userId)!.home);
  }
  if (erased.size > 0) await rows(transaction, 'delete from inbox where user_id = any($1::uuid[])', [[...erased]]);
  const ofThere = new Map([...told].filter(([userId]) => !erased.has(userId)));
  return { retimed: await saveZones(transaction, ofThere, homes), erased };
}

/**
 * The earliest reports of where these players were, of those who are there; they are locked in the same order as everywhere. Who has been erased is
 * added to `erased`.
 */
async function lockedHomes(
  transaction: Transaction,
  userIds: readonly string[],
  erased: Set<string>,
): Promise<Map<string, ZoneFact | null>> {
  if (userIds.length === 0) return new Map();
  const locked = await rows<{ user_id: string; time_zone: string; told_at: number; is_erased: boolean }>(
    transaction,
    `select user_id, time_zone, extract(epoch from zone_told_at)::float8 * 1000 as told_at, erased_at is not null as is_erased
     from player where user_id = any($1::uuid[]) order by user_id for no key update`,
    [userIds],
  );
  for (const { user_id, is_erased } of locked) if (is_erased) erased.add(user_id);
  const there = locked.filter(({ is_erased }) => !is_erased);
  return new Map(
    there.map(({ user_id, time_zone, told_at }) => [
      user_id,
      told_at === Infinity ? null : { at: told_at, timeZone: time_zone },
    ]),
  );
}

/** Resolves to those who were not there. */
async function createPlayers(
  transaction: Transaction,
  userIds: readonly string[],
  told: ReadonlyMap<string, Zones>,
): Promise<Set<string>> {
  const homes = userIds.map((userId) => told.get(userId)!.home);
  const created = await rows<{ user_id: string }>(
    transaction,
    `insert into player (user_id, time_zone, zone_told_at)
     select user_id, coalesce(zone, 'UTC'), coalesce(at, 'infinity') from unnest($1::uuid[], $2::text[], $3::timestamptz[]) t(user_id, zone, at)
     order by 1 on conflict do nothing returning user_id`,
    [
      userIds,
      homes.map((home) => home?.timeZone ?? null),
      homes.map((home) => (home ? new Date(home.at).toISOString() : null)),
    ],
  );
  return new Set(created.map(({ user_id }) => user_id));
}

/**
 * Locks players, always in the same order, and not against those who only refer to them; whatever writes a player's
 * popups or money holds this lock. Resolves to their popup counters, without those of erased players.
 */
export async function lockPlayers(transaction: Transaction, userIds: string[]): Promise<Map<string, number>> {
  const locked = await rows<{ user_id: string; popup_seq: string }>(
    transaction,
    'select user_id, popup_seq from player where user_id = any($1) and erased_at is null order by user_id for no key update',
    [userIds],
  );
  return new Map(locked.map((row) => [row.user_id, Number(row.popup_seq)]));
}
