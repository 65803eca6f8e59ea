import { sendAuditEntry } from '../../shared/delivery/auditEntries.ts';
import { type Transaction } from '../../shared/database/database.ts';
import { type Change, event } from '../../shared/events.ts';
import { send } from '../../shared/delivery/outbox.ts';
import { changesOf, importInWords } from './definition/changes.rules.ts';
import type { Definition, Quest } from './definition/definition.rules.ts';
import { settled } from './definition/fields.rules.ts';
import type { Publication } from './definition/publication.rules.ts';
import { termsOfQuest } from './definition/terms.rules.ts';
import { definitionOf } from './definition/version.rules.ts';
import { QuestRow, QuestVersionRow } from './entities.ts';

export type Action = 'CREATE_QUEST' | 'UPDATE_QUEST' | 'ARCHIVE_QUEST' | 'RESTORE_QUEST' | 'IMPORT_QUESTS';

/** Who changes something, when, and why. */
export interface Author {
  by: string;
  now: Date;
  reason: string | null;
  /** By which it goes on record; null: the subgraph itself, whose doings are no operator's. */
  requestId: string | null;
}

interface Changed {
  before: Quest | null;
  quest: Quest;
}

/** Keeps new versions for good, tells the other subgraphs of them, and puts on record who made them, in the transaction that made them. */
export async function recordChanges(
  transaction: Transaction,
  author: Author,
  action: Action,
  publication: Publication,
  changed: readonly Changed[],
): Promise<void> {
  if (changed.length === 0) return;
  const quests = changed.map(({ quest }) => quest);
  const { by: changedBy, now: changedAt } = author;
  const versions = quests.map(({ id, version, ...terms }) => ({
    quest: id,
    version,
    terms: { ...terms, ...publication },
    changedBy,
    changedAt,
  }));
  await transaction.insertMany(QuestVersionRow, versions);
  const ids = await idsOf(transaction, [...new Set(quests.flatMap(({ requires }) => requires))]);
  await send(
    transaction,
    quests.map((quest) => questDefined(quest, publication, (name) => ids.get(name)!, changedAt)),
  );
  await tellAuditLog(transaction, author, action, publication, changed);
}

/** The definition of a version as it was stored; null: there is none. */
export async function findVersion(
  transaction: Transaction,
  quest: string,
  version: number,
): Promise<Definition | null> {
  const row = await transaction.findOne(QuestVersionRow, { quest, version });
  return row && settled(row.terms as Partial<Definition>);
}

async function idsOf(transaction: Transaction, names: string[]): Promise<ReadonlyMap<string, string>> {
  const found = names.length === 0 ? [] : await transaction.find(QuestRow, { name: { $in: names } });
  return new Map(found.map(({ name, id }) => [name, id]));
}

/** An import is one audit entry, however many quests it changes. */
async function tellAuditLog(
  transaction: Transaction,
  { by, now, reason, requestId }: Author,
  action: Action,
  publication: Publication,
  changed: readonly Changed[],
): Promise<void> {
  if (requestId === null) return;
  const { quest } = changed[0]!;
  const told =
    action === 'IMPORT_QUESTS'
      ? { targetId: null, targetName: null, changes: importInWords(changed.map((one) => one.quest)) }
      : { targetId: quest.id, targetName: quest.name, changes: changesTo(changed[0]!) };
  const changes = [...told.changes, ...publicationInWords(publication)];
  const entry = { actorId: by, action, reason, outcome: 'DONE', requestId, ...told, changes } as const;
  await sendAuditEntry(transaction, 'catalog', entry, now);
}

function changesTo({ before, quest }: Changed): Change[] {
  const changes = changesOf(before && definitionOf(before), definitionOf(quest));
  const facts = (['archivedAt', 'onArchive'] as const).map((field) => ({
    field,
    before: inWords(before?.[field]),
    after: inWords(quest[field]),
  }));
  return [...changes, ...facts.filter((fact) => fact.before !== fact.after)];
}

const inWords = (value: Date | string | null | undefined) =>
  value instanceof Date ? value.toISOString() : (value ?? null);

/** What a publication does beside what is usual. */
function publicationInWords({ inFlight, backfill, maxPayout }: Publication): Change[] {
  const budget = maxPayout.map(({ item, quantity }) => `${quantity} ${item}`).join(', ');
  const told = {
    inFlight: inFlight !== 'KEEP' && inFlight,
    backfill: backfill !== 'NONE' && backfill,
    maxPayout: budget,
  };
  return Object.entries(told).flatMap(([field, after]) => (after ? [{ field, before: null, after }] : []));
}

/** The id says which version it is, so that the same version told twice is one event. */
function questDefined(quest: Quest, publication: Publication, idOf: (name: string) => string, occurredAt: Date) {
  return event(
    'QuestDefined',
    { id: `${quest.id}:${quest.version}`, source: 'catalog', userId: null, occurredAt },
    termsOfQuest(quest, publication, idOf),
  );
}
