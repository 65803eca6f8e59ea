import { type Transaction, rows } from '../../../shared/database.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { typesCountedBy } from './quest.rules.ts';

/**
 * What a quest without an end does not count of a player's tally: events of before its start. It is found out when it is first needed, once for
 * every player and quest, so that a quest which begins costs the same however many players and events there are. From then on it is kept.
 */

/** A player who may have completed a quest, and the quest's tally as it stands. */
export interface Candidate {
  userId: string;
  terms: QuestTerms;
  total: number;
}

const columns = (wanted: readonly Pick<Candidate, 'userId' | 'terms'>[]) => [
  wanted.map(({ userId }) => userId),
  wanted.map(({ terms }) => terms.questId),
  wanted.map(({ terms }) => typesCountedBy(terms.trigger).join(' ')),
  wanted.map(({ terms }) => terms.startsAt),
];
const since = `(select count(*) from event where event.user_id = w.user_id and type = any(string_to_array(w.types, ' ')) and occurred_at >= w.starts_at)`;

/** How many of a player's events a quest counts, in the order of the wishes; from the events themselves. */
export async function countSince(
  em: Transaction,
  wanted: readonly Pick<Candidate, 'userId' | 'terms'>[],
): Promise<number[]> {
  if (wanted.length === 0) return [];
  const counted = await rows<{ n: string }>(
    em,
    `select ${since} as n from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) with ordinality
       w(user_id, quest_id, types, starts_at, place) order by place`,
    columns(wanted),
  );
  return counted.map(({ n }) => Number(n));
}

/** Keeps what these quests do not count of these tallies, whose rows the transaction holds. Resolves to it by player and quest. */
export async function saveBaselines(
  transaction: Transaction,
  wanted: readonly Candidate[],
): Promise<Map<string, number>> {
  if (wanted.length === 0) return new Map();
  const saved = await rows<{ user_id: string; quest_id: string; uncounted: string }>(
    transaction,
    `insert into quest_progress (user_id, quest_id, uncounted)
     select user_id, quest_id, total - ${since}
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::bigint[]) w(user_id, quest_id, types, starts_at, total)
     order by 1, 2 returning user_id, quest_id, uncounted`,
    [...columns(wanted), wanted.map(({ total }) => total)],
  );
  return new Map(saved.map((row) => [`${row.user_id}${row.quest_id}`, Number(row.uncounted)]));
}
