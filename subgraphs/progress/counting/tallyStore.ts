import { type Transaction, rows } from '../../../shared/database.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { type Definitions, effectOf } from '../definitions/definitionStore.ts';
import { tallyOf, typesCountedBy } from './quest.rules.ts';

/** Everything here works on sets: a batch of five hundred events costs the same number of statements as one. */

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
