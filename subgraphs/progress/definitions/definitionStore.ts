import { createHash } from 'node:crypto';
import { type Transaction, rows } from '../../../shared/database/database.ts';
import { type QuestTerms, type ToldTerms, termsOf } from '../../../shared/questTerms.rules.ts';
import { findCommonPauses } from '../pauses/pauseStore.ts';
import { type Measure, identityOf, measureOf } from '../counting/measures.rules.ts';
import { type Definitions, type StoredVersion, definitionsOf } from './definitions.rules.ts';

/** Any 64-bit number that no other use of advisory locks in this database has. */
const definitionLock = 4_711_004;

/**
 * Keeps the definitions as they are until the transaction ends. Batches of events hold this lock side by side; publishing takes it alone for a
 * moment, so each batch is before or after it. Taken before any lock of a player.
 */
export async function keepDefinitions(transaction: Transaction): Promise<void> {
  await rows(transaction, 'select pg_advisory_xact_lock_shared($1::bigint)', [definitionLock]);
}

/** Batches of events that are under way end first, and later ones see what this transaction stores. Resolves to the state of the definitions that it makes. */
export async function changeDefinitions(transaction: Transaction): Promise<number> {
  await rows(transaction, 'select pg_advisory_xact_lock($1::bigint)', [definitionLock]);
  const [state] = await rows<{ sequence: number }>(
    transaction,
    'update definition_state set sequence = sequence + 1 returning sequence',
  );
  return state!.sequence;
}

/** Stores versions of quests. Resolves to those that were not there and are in force now. */
export async function saveDefinitions(
  transaction: Transaction,
  published: readonly QuestTerms[],
): Promise<QuestTerms[]> {
  const sequence = await changeDefinitions(transaction);
  const ids = published.map(({ questId }) => questId);
  const versions = published.map(({ version }) => version);
  await rows(
    transaction,
    `insert into quest (quest_id, version) select quest_id, max(version) from unnest($1::uuid[], $2::int[]) with ordinality t(quest_id, version, place)
     group by quest_id order by min(place) on conflict (quest_id) do update set version = greatest(quest.version, excluded.version)`,
    [ids, versions],
  );
  const measures = published.map((terms) => terms.objectives.map((objective) => measureOf(terms, objective)));
  const stored = await rows<{ quest_id: string; version: number }>(
    transaction,
    `insert into quest_version (quest_id, version, terms, known_since, measures)
     select quest_id, version, terms, $4, string_to_array(measures, ' ')::uuid[]
     from unnest($1::uuid[], $2::int[], $3::jsonb[], $5::text[]) t(quest_id, version, terms, measures) on conflict do nothing
     returning quest_id, version`,
    [
      ids,
      versions,
      published.map((terms) => JSON.stringify(terms)),
      sequence,
      measures.map((own) => own.map(idOf).join(' ')),
    ],
  );
  const all = measures.flat();
  await rows(
    transaction,
    `insert into measure (measure, specification, since)
     select distinct on (measure) measure, specification, (select coalesce(max(position), 0) from event)
     from unnest($1::uuid[], $2::jsonb[]) t(measure, specification) order by measure on conflict do nothing`,
    [all.map(idOf), all.map((measure) => JSON.stringify(measure))],
  );
  const latest = await rows<{ quest_id: string; version: number }>(
    transaction,
    'select quest_id, version from quest where quest_id = any($1::uuid[])',
    [ids],
  );
  const isOne = (list: typeof latest, { questId, version }: QuestTerms) =>
    list.some((row) => row.quest_id === questId && row.version === version);
  return published.filter((terms) => isOne(stored, terms) && isOne(latest, terms));
}

const idOf = (measure: Measure) => digestOf(identityOf(measure));

/** Of 128 bits, written as a UUID is. */
export function digestOf(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join('-');
}

/** What is stored of the definitions in one state of them. It never changes, because transactions read side by side. */
interface Loaded {
  definitions: Definitions;
  stored: ReadonlyMap<string, readonly StoredVersion[]>;
}

const nothing: Loaded = { definitions: definitionsOf(-1, [], digestOf), stored: new Map() };

/** Reads the definitions, and again only what has changed since. It must not be used by a transaction that has published and may yet be taken back. */
export function definitionReader(): (em: Transaction) => Promise<Definitions> {
  let latest = nothing;
  return async (em) => {
    const sequence = await findSequence(em);
    const known = latest;
    if (sequence === known.definitions.sequence) return known.definitions;
    // A transaction that sees an older state reads all of that.
    const loaded = await load(em, sequence > known.definitions.sequence ? known : nothing, sequence);
    if (sequence > latest.definitions.sequence) latest = loaded;
    return loaded.definitions;
  };
}

/** Reads the definitions as the transaction sees them, its own included. */
export const readDefinitions = async (em: Transaction): Promise<Definitions> =>
  (await load(em, nothing, await findSequence(em))).definitions;

async function findSequence(em: Transaction): Promise<number> {
  const [state] = await rows<{ sequence: number }>(em, 'select sequence from definition_state');
  return state!.sequence;
}

/** The definitions in this state of them, with what was known of an earlier one. */
async function load(em: Transaction, known: Loaded, sequence: number): Promise<Loaded> {
  const found = await rows<{ terms: ToldTerms; known_since: number }>(
    em,
    `select terms, known_since from quest join quest_version v using (quest_id) where known_since > $1 and known_since <= $2
     order by quest.position, v.version`,
    [known.definitions.sequence, sequence],
  );
  const stored = new Map(known.stored);
  for (const { terms, known_since } of found) {
    const versions = stored.get(terms.questId) ?? [];
    stored.set(terms.questId, [...versions, { terms: termsOf(terms), knownSince: known_since }]);
  }
  const pauses = await findCommonPauses(em);
  return { definitions: definitionsOf(sequence, [...stored.values()], digestOf, pauses), stored };
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
