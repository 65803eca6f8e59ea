import { type Transaction, rows } from '../../../shared/database.ts';
import { type QuestTerms, type ToldTerms, termsOf } from '../../../shared/questTerms.rules.ts';
import { isTallied, isUncounted, tallyOf, typesCountedBy } from '../counting/quest.rules.ts';
import { type CalendarTerms, calendarTallyOf, isByCalendar } from '../calendar/streak.rules.ts';

/** The quests as progress knows them: the latest version of each, in the order they were defined. */
export interface Definitions {
  all: QuestTerms[];
  byId: Map<string, QuestTerms>;
  /** Quests by the tally that they read, the easiest first; without archived ones. */
  byTally: Map<string, QuestTerms[]>;
  /** What a type of event moves. */
  byType: Map<string, Moved>;
  /** Quests by calendar that read the same, by what they read; without archived ones. */
  byCalendar: Map<string, CalendarTerms[]>;
}

interface Moved {
  /** The tally that all quests without an end share. */
  shared: Set<string>;
  /** When the last of them began: whatever happened later is counted by all of them. Milliseconds since 1970. */
  lastStart: number;
  open: QuestTerms[];
  ending: QuestTerms[];
}

function definitionsOf(all: QuestTerms[]): Definitions {
  const byTally = new Map<string, QuestTerms[]>();
  const byType = new Map<string, Moved>();
  const active = all.filter(({ archivedAt }) => archivedAt === null);
  for (const terms of active) {
    if (isByCalendar(terms)) continue;
    const tally = tallyOf(terms);
    byTally.set(tally, [...(byTally.get(tally) ?? []), terms]);
    for (const type of typesCountedBy(terms.trigger)) {
      const moved = byType.get(type) ?? { shared: new Set(), lastStart: -Infinity, open: [], ending: [] };
      byType.set(type, moved);
      if (terms.endsAt !== null) moved.ending.push(terms);
      else {
        moved.open.push(terms);
        moved.shared.add(tally);
        moved.lastStart = Math.max(moved.lastStart, Date.parse(terms.startsAt));
      }
    }
  }
  for (const quests of byTally.values()) quests.sort((one, other) => one.streak - other.streak);
  const byCalendar = Map.groupBy(active.filter(isByCalendar), calendarTallyOf);
  return { all, byId: new Map(all.map((terms) => [terms.questId, terms])), byTally, byType, byCalendar };
}

/** Reads the quests, and again only when one has changed since: versions never go down, so their sum tells. */
export function definitionReader(): (em: Transaction) => Promise<Definitions> {
  let seen = '';
  let definitions = definitionsOf([]);
  return async (em) => {
    const [now] = await rows<{ state: string }>(
      em,
      `select count(*) || '/' || coalesce(sum(version), 0) as state from quest`,
    );
    if (now!.state !== seen) {
      const latest = await rows<{ terms: ToldTerms }>(
        em,
        'select terms from quest join quest_version using (quest_id, version) order by quest.position',
      );
      definitions = definitionsOf(latest.map((row) => termsOf(row.terms)));
      seen = now!.state;
    }
    return definitions;
  };
}

/** Terms by quest and version, because completions pay by the version under which they were earned. Keys: `questId version`. */
export async function findVersions(
  em: Transaction,
  wanted: { questId: string; version: number }[],
): Promise<Map<string, QuestTerms>> {
  const found = await rows<{ terms: ToldTerms }>(
    em,
    `select terms from quest_version where (quest_id, version) in (select * from unnest($1::uuid[], $2::int[]))`,
    [wanted.map((one) => one.questId), wanted.map((one) => one.version)],
  );
  return new Map(found.map(({ terms }) => [`${terms.questId} ${terms.version}`, termsOf(terms)]));
}

/**
 * Stores a version of a quest. The tally of a quest that is new, or that ends at another time than before, is there from now on; no event can come
 * in between, because the table of events is closed for others until the transaction ends. True when players may have completed the quest already.
 */
export async function saveDefinition(transaction: Transaction, terms: QuestTerms): Promise<boolean> {
  await rows(transaction, 'lock table event in share row exclusive mode');
  const [before] = await rows<{ terms: ToldTerms }>(
    transaction,
    'select terms from quest join quest_version using (quest_id, version) where quest_id = $1',
    [terms.questId],
  );
  await rows(
    transaction,
    `insert into quest (quest_id, version) values ($1, $2) on conflict (quest_id) do update set version = greatest(quest.version, $2)`,
    [terms.questId, terms.version],
  );
  await rows(
    transaction,
    'insert into quest_version (quest_id, version, terms) values ($1, $2, $3) on conflict do nothing',
    [terms.questId, terms.version, JSON.stringify(terms)],
  );
  // What a quest by calendar counts is found out when it is first needed.
  if (isByCalendar(terms)) return false;
  const countsTheSame = ({ period, endsAt }: QuestTerms) => period === terms.period && endsAt === terms.endsAt;
  if (before && (before.terms.version > terms.version || countsTheSame(termsOf(before.terms)))) return false;
  await recount(transaction, terms);
  return true;
}

/**
 * Builds the tally of a quest from the events. Only the first quest of its trigger without an end needs all events of its types, and one that
 * ends those within its window; all others find their tally there.
 */
async function recount(transaction: Transaction, terms: QuestTerms): Promise<void> {
  if (await isKept(transaction, terms)) return;
  await rows(
    transaction,
    `insert into tally (user_id, tally, total, first_at)
     select user_id, $2, count(*), min(occurred_at) from event
     where type = any($1) and ($4::timestamptz is null or (occurred_at >= $3 and occurred_at < $4)) group by user_id
     on conflict (user_id, tally) do update set total = excluded.total, first_at = excluded.first_at`,
    [typesCountedBy(terms.trigger), tallyOf(terms), terms.startsAt, terms.endsAt],
  );
}

/** Is the tally up to date already, because another quest that still counts reads it too? */
async function isKept(transaction: Transaction, { questId, trigger, endsAt }: QuestTerms): Promise<boolean> {
  if (endsAt !== null) return false;
  const others = await rows(
    transaction,
    `select from quest join quest_version using (quest_id, version)
     where quest_id <> $1 and terms->>'trigger' = $2 and terms->>'endsAt' is null and terms->>'archivedAt' is null
       and coalesce(terms->>'period', 'EVENT') = 'EVENT' limit 1`,
    [questId, trigger],
  );
  return others.length > 0;
}

/** What an event adds: tallies by name, and quests that do not count it although it is in their tally. */
export function effectOf(
  { byType }: Definitions,
  type: string,
  occurredAt: number,
): { tallies: string[]; uncountedBy: string[] } {
  const moved = byType.get(type);
  if (!moved) return { tallies: [], uncountedBy: [] };
  const ending = moved.ending.filter((terms) => isTallied(terms, occurredAt)).map(tallyOf);
  const uncountedBy = occurredAt >= moved.lastStart ? [] : moved.open.filter((terms) => isUncounted(terms, occurredAt));
  return { tallies: [...moved.shared, ...ending], uncountedBy: uncountedBy.map((terms) => terms.questId) };
}
