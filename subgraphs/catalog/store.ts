import { UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import { type Database, type Transaction, rows } from '../../shared/database/database.ts';
import { isUuid } from '../../shared/uuid.rules.ts';
import { changesOf, importLine, type ImportLine } from './definition/changes.rules.ts';
import type { Definition, Draft, Quest } from './definition/definition.rules.ts';
import { type Publication, checkPublication, publicationOf } from './definition/publication.rules.ts';
import { checkRequires, dependentsOf } from './definition/requires.rules.ts';
import { definitionOf, isSame } from './definition/version.rules.ts';
import type { StoredQuest } from './entities.ts';
import { type Action, type Author, findVersion, recordChanges } from './history.ts';
import { planEach } from './planning.ts';
import { addQuest, lockQuests, questOf, reviseQuest } from './questRows.ts';
import { type Reading, findRequired, openReading } from './reading.ts';
import {
  archivedQuest,
  nameTaken,
  outdated,
  refuseFaults,
  required,
  requiresArchived,
  unknownQuest,
} from './refusals.ts';

/** A quest of an import as it is stored now; null when a dry run would create it. */
export type Imported = ImportLine & { quest: Quest | null };

/** Throws if there are faults, which it gets draft by draft. */
export type Refuse = (faults: string[][]) => void;

export interface QuestStore extends Reading {
  createQuest(draft: Draft, publication: Publication, author: Author): Promise<Quest>;
  /** `expectedVersion`: CONFLICT if it is no longer the newest; null: whatever the newest is. */
  changeQuest(
    id: string,
    draft: Draft,
    publication: Publication,
    expectedVersion: number | null,
    author: Author,
  ): Promise<Quest>;
  archiveQuest(id: string, onArchive: 'FINISH' | 'STOP', author: Author): Promise<Quest>;
  restoreQuest(id: string, author: Author): Promise<Quest>;
  /** Creates or changes each by its name, all or none. `refuse` gets the faults of each draft and throws if there are any. */
  importQuests(drafts: readonly Draft[], refuse: Refuse, publication: Publication, author: Author): Promise<Imported[]>;
  /** What that would do now. */
  planImport(drafts: readonly Draft[], refuse: Refuse, publication: Publication, now: Date): Promise<Imported[]>;
}

interface Written {
  row: StoredQuest;
  before: Quest | null;
  changed: boolean;
}

/** `committed` hears of the quests that have changed, once they have for good. */
export function openStore(database: Database, committed: (quests: readonly Quest[]) => Promise<void>): QuestStore {
  /** Whatever a change does to quests, it does to their history, to the record and to the outbox in the same transaction. */
  async function write(
    author: Author,
    action: Action,
    publication: Publication,
    work: (transaction: Transaction) => Promise<Written[]>,
  ): Promise<(Written & { quest: Quest })[]> {
    const written = await database
      .transaction(async (transaction) => {
        await oneAtATime(transaction);
        const all = await work(transaction);
        await transaction.flush();
        const told = all.map((one) => ({ ...one, quest: questOf(one.row) }));
        const changed = told.filter((one) => one.changed);
        await recordChanges(transaction, author, action, publication, changed);
        return told;
      })
      .catch(sayWhenNameIsTaken);
    const changed = written.filter((one) => one.changed).map(({ quest }) => quest);
    if (changed.length > 0) await committed(changed);
    return written;
  }
  const only = async (written: Promise<{ quest: Quest }[]>) => (await written)[0]!.quest;
  const plainly = publicationOf({});

  return {
    ...openReading(database),
    createQuest: (draft, publication, author) =>
      only(
        write(author, 'CREATE_QUEST', publication, async (transaction) => {
          refuseFaults(checkPublication(publication));
          const [plan] = await planEach(transaction, [{ row: undefined, draft }], publication, author.now, refuseAll);
          return [await save(transaction, undefined, plan!.next, author.now)];
        }),
      ),
    changeQuest: (id, draft, publication, expectedVersion, author) =>
      only(
        write(author, 'UPDATE_QUEST', publication, async (transaction) => {
          refuseFaults(checkPublication(publication));
          const row = await lockOne(transaction, id);
          if (expectedVersion !== null && expectedVersion !== row.version)
            throw await conflict(transaction, row, expectedVersion);
          if (row.archivedAt) throw archivedQuest();
          const [plan] = await planEach(transaction, [{ row, draft }], publication, author.now, refuseAll);
          // Who wants the past counted wants it counted, also where nothing else changes.
          return [await save(transaction, row, plan!.next, author.now, publication.backfill !== 'NONE')];
        }),
      ),
    archiveQuest: (id, onArchive, author) =>
      only(
        write(author, 'ARCHIVE_QUEST', plainly, async (transaction) => {
          const row = await lockOne(transaction, id);
          const before = questOf(row);
          if (row.archivedAt) return [{ row, before, changed: false }];
          const dependents = dependentsOf(row.name, await findRequired(transaction));
          if (dependents.length > 0) throw required(dependents);
          transaction.assign(row, { archivedAt: author.now, onArchive, version: row.version + 1 });
          return [{ row, before, changed: true }];
        }),
      ),
    restoreQuest: (id, author) =>
      only(
        write(author, 'RESTORE_QUEST', plainly, async (transaction) => {
          const row = await lockOne(transaction, id);
          const before = questOf(row);
          if (!row.archivedAt) return [{ row, before, changed: false }];
          const [faults] = checkRequires([before], await findRequired(transaction));
          if (faults!.length > 0) throw requiresArchived(faults!);
          transaction.assign(row, { archivedAt: null, onArchive: null, version: row.version + 1 });
          return [{ row, before, changed: true }];
        }),
      ),
    async importQuests(drafts, refuse, publication, author) {
      const written = await write(author, 'IMPORT_QUESTS', publication, async (transaction) => {
        refuseFaults(checkPublication(publication));
        const wanted = await withRows(transaction, drafts);
        const written: Written[] = [];
        for (const { row, next } of await planEach(transaction, wanted, publication, author.now, refuse))
          written.push(await save(transaction, row, next, author.now));
        return written;
      });
      return written.map(({ before, quest }) => ({ ...importLine(before, definitionOf(quest)), quest }));
    },
    planImport: (drafts, refuse, publication, now) =>
      database.transaction(async (transaction) => {
        refuseFaults(checkPublication(publication));
        const wanted = await withRows(transaction, drafts);
        const plans = await planEach(transaction, wanted, publication, now, refuse);
        return plans.map(({ row, next }) => {
          const quest = row ? questOf(row) : null;
          return { ...importLine(quest, next), quest };
        });
      }),
  };
}

/** Any number that no other advisory lock of this database has. */
const writing = 4_711_003;

/** Operators change quests one after the other, so that what a quest requires is still there, and leads to no circle, when it is stored. */
const oneAtATime = (transaction: Transaction) => rows(transaction, 'select pg_advisory_xact_lock($1)', [writing]);

const refuseAll: Refuse = (faults) => refuseFaults(faults.flat());

/** The quests of these names, which nobody else changes until the transaction ends. */
async function withRows(transaction: Transaction, drafts: readonly Draft[]) {
  const names = drafts.map(({ name }) => name).filter((name) => typeof name === 'string');
  const held = await lockQuests(transaction, { name: { $in: names } });
  const byName = new Map<unknown, StoredQuest>(held.map((row) => [row.name, row]));
  return drafts.map((draft) => ({ row: byName.get(draft.name), draft }));
}

async function save(
  transaction: Transaction,
  row: StoredQuest | undefined,
  next: Definition,
  now: Date,
  always = false,
): Promise<Written> {
  if (!row) return { row: addQuest(transaction, next, now), before: null, changed: true };
  const before = questOf(row);
  if (!always && isSame(definitionOf(before), next)) return { row, before, changed: false };
  await reviseQuest(transaction, row, next);
  return { row, before, changed: true };
}

async function lockOne(transaction: Transaction, id: string): Promise<StoredQuest> {
  const [row] = isUuid(id) ? await lockQuests(transaction, { id }) : [];
  if (!row) throw unknownQuest();
  return row;
}

async function conflict(transaction: Transaction, row: StoredQuest, expected: number) {
  const then = await findVersion(transaction, row.id, expected);
  return outdated(expected, row.version, then ? changesOf(then, definitionOf(questOf(row))) : []);
}

function sayWhenNameIsTaken(error: unknown): never {
  if (error instanceof UniqueConstraintViolationException) throw nameTaken();
  throw error;
}
