import { UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import type { Database, Transaction } from '../shared/database.ts';
import { type Definition, type Draft, type Quest, type Reward, isId, isName } from './definition.ts';
import { QuestRow, RewardRow, type StoredQuest } from './entities.ts';
import { recordVersions } from './history.ts';
import type { Listing } from './listing.ts';
import { addQuest, lockQuests, questOf, reviseQuest, rewardOf } from './questRows.ts';
import { archivedQuest, nameTaken, refuseFaults, unknownQuest } from './refusals.ts';
import { accepted, definitionOf, isSame, planVersion } from './version.ts';

/** Who changes something, and when. */
export interface Author {
  by: string;
  now: Date;
}

export interface QuestStore {
  /** In any order; hidden and archived ones too. */
  findQuests(ids: string[]): Promise<Quest[]>;
  findQuestsByName(names: string[]): Promise<Quest[]>;
  /** Those that a quest no longer pays too. */
  findRewards(ids: string[]): Promise<Reward[]>;
  /** Newest first; one more than the limit when there are more. */
  findListed(listing: Listing): Promise<Quest[]>;
  /** Every quest that is not archived, by name. */
  findCurrent(): Promise<Quest[]>;
  createQuest(draft: Draft, author: Author): Promise<Quest>;
  changeQuest(id: string, draft: Draft, author: Author): Promise<Quest>;
  archiveQuest(id: string, author: Author): Promise<Quest>;
  /** Creates or changes each by its name, all or none. `refuse` gets the faults of each draft and throws if there are any. */
  saveQuests(drafts: readonly Draft[], refuse: (faults: string[][]) => void, author: Author): Promise<Quest[]>;
}

/** `committed` hears of the quests that have changed, once they have for good. */
export function openStore(database: Database, committed: (quests: readonly Quest[]) => Promise<void>): QuestStore {
  /** Whatever a change does to quests, it does to their history and to the outbox in the same transaction. */
  async function write({ by, now }: Author, work: (transaction: Transaction) => Promise<Written[]>): Promise<Quest[]> {
    const { quests, changed } = await database
      .transaction(async (transaction) => {
        const written = await work(transaction);
        await transaction.flush();
        const changed = written.filter((one) => one.changed).map(({ row }) => questOf(row));
        await recordVersions(transaction, changed, by, now);
        return { quests: written.map(({ row }) => questOf(row)), changed };
      })
      .catch(sayWhenNameIsTaken);
    if (changed.length > 0) await committed(changed);
    return quests;
  }
  const only = async (written: Promise<Quest[]>) => (await written)[0]!;
  const findWhole = async (where: object) => {
    // One statement, rewards and all: this is what every request of the graph for quests comes down to.
    const found = await database.fork().find(QuestRow, where, { populate: ['rewards'], strategy: 'joined' });
    return found.map(questOf);
  };

  return {
    findQuests: (ids) => findWhole({ id: { $in: ids } }),
    findQuestsByName: (names) => findWhole({ name: { $in: names } }),
    findRewards: async (ids) => (await database.fork().find(RewardRow, { id: { $in: ids } })).map(rewardOf),
    async findListed({ limit, after, where }) {
      const { tags, ...equal } = where;
      const found = await database.fork().find(
        QuestRow,
        { ...equal, ...(tags && { tags: { $contains: [...tags] } }), ...(after && { $or: beyond(after) }) },
        {
          orderBy: { createdAt: 'desc', id: 'desc' },
          limit: limit + 1,
          populate: ['rewards'],
          strategy: 'select-in',
        },
      );
      return found.map(questOf);
    },
    async findCurrent() {
      const found = await findWhole({ archivedAt: null });
      return found.sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    createQuest: (draft, author) =>
      only(
        write(author, async (transaction) => {
          const { next, faults } = planVersion(null, draft, author.now);
          refuseFaults(faults);
          return [await save(transaction, undefined, accepted(next), author.now)];
        }),
      ),
    changeQuest: (id, draft, author) =>
      only(
        write(author, async (transaction) => {
          const row = await lockOne(transaction, id);
          if (row.archivedAt) throw archivedQuest();
          const { next, faults } = planVersion(questOf(row), draft, author.now);
          refuseFaults(faults);
          return [await save(transaction, row, accepted(next), author.now)];
        }),
      ),
    archiveQuest: (id, author) =>
      only(
        write(author, async (transaction) => {
          const row = await lockOne(transaction, id);
          if (row.archivedAt) return [{ row, changed: false }];
          transaction.assign(row, { archivedAt: author.now, version: row.version + 1 });
          return [{ row, changed: true }];
        }),
      ),
    saveQuests: (drafts, refuse, author) =>
      write(author, async (transaction) => {
        const names = drafts.map(({ name }) => name).filter(isName);
        const rows = await lockQuests(transaction, { name: { $in: names } });
        const held = new Map<unknown, StoredQuest>(rows.map((row) => [row.name, row]));
        const plans = drafts.map((draft) => {
          const row = held.get(draft.name);
          return { row, ...planVersion(row ? questOf(row) : null, draft, author.now) };
        });
        refuse(plans.map(({ faults }) => faults));
        const written: Written[] = [];
        for (const { row, next } of plans) written.push(await save(transaction, row, accepted(next), author.now));
        return written;
      }),
  };
}

interface Written {
  row: StoredQuest;
  changed: boolean;
}

async function save(
  transaction: Transaction,
  row: StoredQuest | undefined,
  next: Definition,
  now: Date,
): Promise<Written> {
  if (!row) return { row: addQuest(transaction, next, now), changed: true };
  if (isSame(definitionOf(questOf(row)), next)) return { row, changed: false };
  await reviseQuest(transaction, row, next);
  return { row, changed: true };
}

async function lockOne(transaction: Transaction, id: string): Promise<StoredQuest> {
  const [row] = isId(id) ? await lockQuests(transaction, { id }) : [];
  if (!row) throw unknownQuest();
  return row;
}

function beyond({ createdAt, id }: NonNullable<Listing['after']>) {
  const instant = new Date(createdAt / 1000);
  return [{ createdAt: { $lt: instant } }, { createdAt: instant, id: { $lt: id } }];
}

function sayWhenNameIsTaken(error: unknown): never {
  if (error instanceof UniqueConstraintViolationException) throw nameTaken();
  throw error;
}
