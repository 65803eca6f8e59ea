import { UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import type { Database, Transaction } from '../../shared/database.ts';
import { isUuid } from '../../shared/uuid.rules.ts';
import { type ImportLine, importLine } from './changes.rules.ts';
import { type Definition, type Draft, type Quest, isName } from './definition.rules.ts';
import type { StoredQuest } from './entities.ts';
import { type Action, type Author, recordChanges } from './history.ts';
import { addQuest, lockQuests, questOf, reviseQuest } from './questRows.ts';
import { type Reading, openReading } from './reading.ts';
import { archivedQuest, nameTaken, refuseFaults, unknownQuest } from './refusals.ts';
import { accepted, definitionOf, isSame, planVersion } from './version.rules.ts';

/** A quest of an import as it is stored now; null when a dry run would create it. */
export type Imported = ImportLine & { quest: Quest | null };

export interface QuestStore extends Reading {
  createQuest(draft: Draft, author: Author): Promise<Quest>;
  changeQuest(id: string, draft: Draft, author: Author): Promise<Quest>;
  archiveQuest(id: string, author: Author): Promise<Quest>;
  /** Creates or changes each by its name, all or none. `refuse` gets the faults of each draft and throws if there are any. */
  importQuests(drafts: readonly Draft[], refuse: Refuse, author: Author): Promise<Imported[]>;
  /** What that would do now. */
  planImport(drafts: readonly Draft[], refuse: Refuse, now: Date): Promise<Imported[]>;
}

type Refuse = (faults: string[][]) => void;

/** `committed` hears of the quests that have changed, once they have for good. */
export function openStore(database: Database, committed: (quests: readonly Quest[]) => Promise<void>): QuestStore {
  /** Whatever a change does to quests, it does to their history, to the record and to the outbox in the same transaction. */
  async function write(
    author: Author,
    action: Action,
    work: (transaction: Transaction) => Promise<Written[]>,
  ): Promise<(Written & { quest: Quest })[]> {
    const written = await database
      .transaction(async (transaction) => {
        const rows = await work(transaction);
        await transaction.flush();
        const all = rows.map((one) => ({ ...one, quest: questOf(one.row) }));
        await recordChanges(
          transaction,
          author,
          action,
          all.filter((one) => one.changed),
        );
        return all;
      })
      .catch(sayWhenNameIsTaken);
    const changed = written.filter((one) => one.changed).map(({ quest }) => quest);
    if (changed.length > 0) await committed(changed);
    return written;
  }
  const only = async (written: Promise<{ quest: Quest }[]>) => (await written)[0]!.quest;

  return {
    ...openReading(database),
    createQuest: (draft, author) =>
      only(
        write(author, 'CREATE_QUEST', async (transaction) => {
          const { next, faults } = planVersion(null, draft, author.now);
          refuseFaults(faults);
          return [await save(transaction, undefined, accepted(next), author.now)];
        }),
      ),
    changeQuest: (id, draft, author) =>
      only(
        write(author, 'UPDATE_QUEST', async (transaction) => {
          const row = await lockOne(transaction, id);
          if (row.archivedAt) throw archivedQuest();
          const { next, faults } = planVersion(questOf(row), draft, author.now);
          refuseFaults(faults);
          return [await save(transaction, row, accepted(next), author.now)];
        }),
      ),
    archiveQuest: (id, author) =>
      only(
        write(author, 'ARCHIVE_QUEST', async (transaction) => {
          const row = await lockOne(transaction, id);
          const before = questOf(row);
          if (row.archivedAt) return [{ row, before, changed: false }];
          transaction.assign(row, { archivedAt: author.now, version: row.version + 1 });
          return [{ row, before, changed: true }];
        }),
      ),
    async importQuests(drafts, refuse, author) {
      const written = await write(author, 'IMPORT_QUESTS', async (transaction) => {
        const written: Written[] = [];
        for (const { row, next } of await planEach(transaction, drafts, refuse, author.now))
          written.push(await save(transaction, row, next, author.now));
        return written;
      });
      return written.map(({ before, quest }) => ({ ...importLine(before, definitionOf(quest)), quest }));
    },
    planImport: (drafts, refuse, now) =>
      database.transaction(async (transaction) => {
        const plans = await planEach(transaction, drafts, refuse, now);
        return plans.map(({ row, next }) => {
          const quest = row ? questOf(row) : null;
          return { ...importLine(quest, next), quest };
        });
      }),
  };
}

/** What these drafts make of the quests of their names, which nobody else changes until the transaction ends. */
async function planEach(transaction: Transaction, drafts: readonly Draft[], refuse: Refuse, now: Date) {
  const names = drafts.map(({ name }) => name).filter(isName);
  const rows = await lockQuests(transaction, { name: { $in: names } });
  const held = new Map<unknown, StoredQuest>(rows.map((row) => [row.name, row]));
  const plans = drafts.map((draft) => {
    const row = held.get(draft.name);
    return { row, ...planVersion(row ? questOf(row) : null, draft, now) };
  });
  refuse(plans.map(({ faults }) => faults));
  return plans.map(({ row, next }) => ({ row, next: accepted(next) }));
}

interface Written {
  row: StoredQuest;
  before: Quest | null;
  changed: boolean;
}

async function save(
  transaction: Transaction,
  row: StoredQuest | undefined,
  next: Definition,
  now: Date,
): Promise<Written> {
  if (!row) return { row: addQuest(transaction, next, now), before: null, changed: true };
  const before = questOf(row);
  if (isSame(definitionOf(before), next)) return { row, before, changed: false };
  await reviseQuest(transaction, row, next);
  return { row, before, changed: true };
}

async function lockOne(transaction: Transaction, id: string): Promise<StoredQuest> {
  const [row] = isUuid(id) ? await lockQuests(transaction, { id }) : [];
  if (!row) throw unknownQuest();
  return row;
}

function sayWhenNameIsTaken(error: unknown): never {
  if (error instanceof UniqueConstraintViolationException) throw nameTaken();
  throw error;
}
