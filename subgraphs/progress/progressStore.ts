import { type Transaction, rows } from '../shared/database.ts';
import type { EventEnvelope, QuestTerms } from '../shared/events.ts';
import { timeOrderedId } from '../shared/ids.ts';
import { saveBaselines } from './baselineStore.ts';
import { type Definitions, effectOf } from './definitionStore.ts';
import { hasEarlier, newCompletions, tallyOf, typesCountedBy } from './quest.ts';
import { saveMoves } from './timelineStore.ts';

/** Everything here works on sets: a batch of five hundred events costs the same number of statements as one. */

export interface NewCompletion {
  id: string;
  userId: string;
  number: number;
  completedAt: string;
  terms: QuestTerms;
}

/** Stores events of any type as they came. Creates the players they are about, and notes the time zones that are given. */
export async function saveEvents(
  transaction: Transaction,
  events: EventEnvelope[],
  zoneOf: (event: EventEnvelope) => string | undefined,
): Promise<void> {
  const zones = new Map<string, { zone: string; at: number } | null>();
  for (const event of events) {
    const zone = zoneOf(event);
    const told = zone === undefined ? null : { zone, at: Date.parse(event.occurredAt) };
    zones.set(event.userId!, told ?? zones.get(event.userId!) ?? null);
  }
  // Only players who are new or have moved are written; for all others this is a read.
  const moved = await rows<{ user_id: string; time_zone: string }>(
    transaction,
    `with given as (
       select z.user_id, z.zone, player.time_zone from unnest($1::uuid[], $2::text[]) z(user_id, zone)
       left join player using (user_id) where player.user_id is null or player.time_zone <> z.zone),
     stored as (
       insert into player (user_id, time_zone) select user_id, coalesce(zone, 'UTC') from given order by 1
       on conflict (user_id) do update set time_zone = excluded.time_zone where player.user_id = any($3))
     select user_id, time_zone from given where time_zone is not null`,
    // A player whom another process creates at this moment keeps the zone from there, unless one is given here.
    [
      [...zones.keys()],
      [...zones.values()].map((told) => told?.zone ?? null),
      [...zones].flatMap(([userId, told]) => (told ? userId : [])),
    ],
  );
  await saveMoves(
    transaction,
    moved.map((row) => {
      const { zone, at } = zones.get(row.user_id)!;
      return { userId: row.user_id, from: row.time_zone, to: zone, at };
    }),
  );
  await rows(
    transaction,
    `insert into event (source, id, user_id, type, occurred_at, data)
     select * from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::timestamptz[], $6::jsonb[])`,
    [
      events.map((event) => event.source),
      events.map((event) => event.id),
      events.map((event) => event.userId),
      events.map((event) => event.type),
      events.map((event) => event.occurredAt),
      events.map((event) => JSON.stringify(event.data ?? null)),
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

/** A tally after a batch. */
export interface Tallied {
  userId: string;
  tally: string;
  total: number;
  /** When the earliest of its events happened, in milliseconds since 1970. */
  firstAt: number;
}

/** Adds events to the tallies that they move, and to what single quests do not count of them. Resolves to the tallies that moved. */
export async function countEvents(
  transaction: Transaction,
  definitions: Definitions,
  events: EventEnvelope[],
): Promise<Tallied[]> {
  const tallies = new Map<string, number>();
  const uncounted = new Map<string, number>();
  const firstAt = new Map<string, string>();
  const increase = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const event of events) {
    const effect = effectOf(definitions, event.type, Date.parse(event.occurredAt));
    for (const tally of effect.tallies) {
      const key = `${event.userId}${tally}`;
      increase(tallies, key);
      if (!(firstAt.get(key)! <= event.occurredAt)) firstAt.set(key, event.occurredAt);
    }
    for (const questId of effect.uncountedBy) increase(uncounted, `${event.userId}${questId}`);
  }
  const columns = (counts: Map<string, number>) => [
    [...counts.keys()].map((key) => key.slice(0, uuidLength)),
    [...counts.keys()].map((key) => key.slice(uuidLength)),
    [...counts.values()],
  ];
  if (tallies.size === 0) return [];
  const moved = await rows<TallyRow>(
    transaction,
    `insert into tally (user_id, tally, total, first_at) select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[]) order by 1, 2
     on conflict (user_id, tally) do update set total = tally.total + excluded.total, first_at = least(tally.first_at, excluded.first_at)
     returning ${tallyColumns}`,
    [...columns(tallies), [...tallies.keys()].map((key) => firstAt.get(key))],
  );
  // After the tallies, whose rows hold off everyone else who works on the same quest of the same player. Where it is not known yet what a quest does
  // not count, it will be found out with these events.
  if (uncounted.size > 0)
    await rows(
      transaction,
      `update quest_progress set uncounted = quest_progress.uncounted + t.n from unnest($1::uuid[], $2::uuid[], $3::bigint[]) t(user_id, quest_id, n)
       where quest_progress.user_id = t.user_id and quest_progress.quest_id = t.quest_id`,
      columns(uncounted),
    );
  return moved.map(talliedOf);
}

const uuidLength = 36;

interface TallyRow {
  user_id: string;
  tally: string;
  total: string;
  first_ms: number;
}

const tallyColumns = 'user_id, tally, total, extract(epoch from tally.first_at)::float8 * 1000 as first_ms';

const talliedOf = (row: TallyRow): Tallied => ({
  userId: row.user_id,
  tally: row.tally,
  total: Number(row.total),
  firstAt: row.first_ms,
});

/** The tallies of those players who may have completed a quest already that was just defined. */
export async function findTallied(transaction: Transaction, terms: QuestTerms): Promise<Tallied[]> {
  const found = await rows<TallyRow>(
    transaction,
    `select ${tallyColumns} from tally join (
       select user_id from event where type = any($2) and occurred_at >= $3 and ($4::timestamptz is null or occurred_at < $4)
       group by user_id having count(*) >= $5) counted using (user_id)
     where tally = $1`,
    [tallyOf(terms), typesCountedBy(terms.trigger), terms.startsAt, terms.endsAt, terms.streak],
  );
  return found.map(talliedOf);
}

/** The completions that these tallies make due, not stored yet. `completedAt` by user: when the last event of the batch happened. */
export async function findDue(
  transaction: Transaction,
  definitions: Pick<Definitions, 'byTally'>,
  tallied: Tallied[],
  completedAt: (userId: string) => string,
): Promise<NewCompletion[]> {
  const candidates = tallied.flatMap(({ userId, tally, total, firstAt }) => {
    const quests = definitions.byTally.get(tally) ?? [];
    const tooHard = quests.findIndex((terms) => terms.streak > total);
    return quests.slice(0, tooHard < 0 ? undefined : tooHard).map((terms) => ({ userId, total, firstAt, terms }));
  });
  if (candidates.length === 0) return [];
  const known = await rows<{ user_id: string; quest_id: string; uncounted: string; completions: number }>(
    transaction,
    `select user_id, quest_id, uncounted, completions from quest_progress
     where user_id = any($1::uuid[]) and quest_id = any($2::uuid[])`,
    [[...new Set(candidates.map((one) => one.userId))], [...new Set(candidates.map((one) => one.terms.questId))]],
  );
  const progress = new Map(known.map((row) => [`${row.user_id}${row.quest_id}`, row]));
  const baselines = await saveBaselines(
    transaction,
    candidates.filter(
      ({ userId, terms, firstAt }) => hasEarlier(terms, firstAt) && !progress.has(`${userId}${terms.questId}`),
    ),
  );
  return candidates.flatMap(({ userId, total, terms }) => {
    const key = `${userId}${terms.questId}`;
    const row = progress.get(key);
    const uncounted = baselines.get(key) ?? Number(row?.uncounted ?? 0);
    const numbers = newCompletions(terms, total - uncounted, row?.completions ?? 0);
    return numbers.map((number) => ({ id: timeOrderedId(), userId, number, terms, completedAt: completedAt(userId) }));
  });
}

/** Stores completions and their popups, and moves the players' popup counters. */
export async function saveCompletions(transaction: Transaction, completions: NewCompletion[]): Promise<void> {
  const popupSeq = await lockPlayers(transaction, [...new Set(completions.map((one) => one.userId))]);
  const ids = completions.map((one) => one.id);
  const users = completions.map((one) => one.userId);
  const quests = completions.map((one) => one.terms.questId);
  const numbers = completions.map((one) => one.number);
  await rows(
    transaction,
    `insert into completion (id, user_id, quest_id, number, quest_version, completed_at)
     select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::int[], $6::timestamptz[])`,
    [
      ids,
      users,
      quests,
      numbers,
      completions.map((one) => one.terms.version),
      completions.map((one) => one.completedAt),
    ],
  );
  await rows(
    transaction,
    `insert into quest_progress (user_id, quest_id, completions)
     select u, q, max(n) from unnest($1::uuid[], $2::uuid[], $3::int[]) t(u, q, n) group by u, q
     on conflict (user_id, quest_id) do update set completions = excluded.completions`,
    [users, quests, numbers],
  );
  const seqs = users.map((userId) => {
    const seq = popupSeq.get(userId)! + 1;
    popupSeq.set(userId, seq);
    return seq;
  });
  await rows(
    transaction,
    'insert into popup (user_id, seq, completion_id) select * from unnest($1::uuid[], $2::bigint[], $3::uuid[])',
    [users, seqs, ids],
  );
  await rows(
    transaction,
    `update player set popup_seq = t.seq from (select u, max(s) as seq from unnest($1::uuid[], $2::bigint[]) t(u, s) group by u) t
     where player.user_id = t.u`,
    [users, seqs],
  );
}
