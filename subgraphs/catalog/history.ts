import { type Transaction } from '../../shared/database.ts';
import { sendAuditEntry } from '../../shared/auditEntries.ts';
import { type Change, event } from '../../shared/events.ts';
import { termsOf } from '../../shared/questTerms.rules.ts';
import { send } from '../../shared/outbox.ts';
import { changesOf, importInWords } from './changes.rules.ts';
import type { Quest } from './definition.rules.ts';
import { QuestVersionRow } from './entities.ts';
import { definitionOf } from './version.rules.ts';

export type Action = 'CREATE_QUEST' | 'UPDATE_QUEST' | 'ARCHIVE_QUEST' | 'IMPORT_QUESTS';

/** Who changes something, when, and why. */
export interface Author {
  by: string;
  now: Date;
  reason: string | null;
  /** By which it goes on record; null: the room itself, whose doings are no operator's. */
  requestId: string | null;
}

interface Changed {
  before: Quest | null;
  quest: Quest;
}

/** Keeps new versions for good, tells the other rooms of them, and puts on record who made them, in the transaction that made them. */
export async function recordChanges(
  transaction: Transaction,
  author: Author,
  action: Action,
  changed: readonly Changed[],
): Promise<void> {
  if (changed.length === 0) return;
  const quests = changed.map(({ quest }) => quest);
  const { by: changedBy, now: changedAt } = author;
  const versions = quests.map(({ id, version, ...terms }) => ({ quest: id, version, terms, changedBy, changedAt }));
  await transaction.insertMany(QuestVersionRow, versions);
  await send(
    transaction,
    quests.map((quest) => questDefined(quest, changedAt)),
  );
  await tellAuditLog(transaction, author, action, changed);
}

/** An import is one audit entry, however many quests it changes. */
async function tellAuditLog(
  transaction: Transaction,
  { by, now, reason, requestId }: Author,
  action: Action,
  changed: readonly Changed[],
): Promise<void> {
  if (requestId === null) return;
  const { quest } = changed[0]!;
  const told =
    action === 'IMPORT_QUESTS'
      ? { targetId: null, targetName: null, changes: importInWords(changed.map((one) => one.quest)) }
      : { targetId: quest.id, targetName: quest.name, changes: changesTo(changed[0]!) };
  const entry = { actorId: by, action, reason, outcome: 'DONE', requestId, ...told } as const;
  await sendAuditEntry(transaction, 'catalog', entry, now);
}

function changesTo({ before, quest }: Changed): Change[] {
  const changes = changesOf(before && definitionOf(before), definitionOf(quest));
  const { archivedAt } = quest;
  return archivedAt ? [...changes, { field: 'archivedAt', before: null, after: archivedAt.toISOString() }] : changes;
}

/** The id says which version it is, so that the same version told twice is one event. */
function questDefined(quest: Quest, occurredAt: Date) {
  const { id, name, version, trigger, streak, duplication, autoClaim, hidden, startsAt, endsAt, archivedAt } = quest;
  const { period, timeZone, graceHours, freezes } = quest;
  return event(
    'QuestDefined',
    { id: `${id}:${version}`, source: 'catalog', userId: null, occurredAt },
    termsOf({
      questId: id,
      name,
      version,
      trigger,
      streak,
      duplication,
      period,
      timeZone,
      graceHours,
      freezes,
      autoClaim,
      hidden,
      rewards: quest.rewards.map((reward) => ({ id: reward.id, item: reward.item, quantity: reward.quantity })),
      startsAt: startsAt.toISOString(),
      endsAt: endsAt?.toISOString() ?? null,
      archivedAt: archivedAt?.toISOString() ?? null,
    }),
  );
}
