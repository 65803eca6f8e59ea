import { type Database, type Transaction, rows } from '../../shared/database/database.ts';
import { LruCache } from '../../shared/lruCache.ts';
import { type Awaiting, awaitedBy } from './definition/ownCompletions.rules.ts';
import type { Required } from './definition/requires.rules.ts';
import type { Quest, Reward } from './definition/definition.rules.ts';
import { QuestRow, RewardRow } from './entities.ts';
import type { Listing } from './listing.rules.ts';
import { questOf, rewardOf } from './questRows.ts';

/** Quests as they stand now. */
export interface Reading {
  /** In any order; hidden and archived ones too. */
  findQuests(ids: string[]): Promise<Quest[]>;
  findQuestsByName(names: string[]): Promise<Quest[]>;
  /** Those that a quest no longer pays too. */
  findRewards(ids: string[]): Promise<Reward[]>;
  /** Newest first; one more than the limit when there are more. */
  findListed(listing: Listing): Promise<Quest[]>;
  /** Every quest that is not archived and whose name comes later, by name. */
  findCurrent(after: string): Promise<Quest[]>;
}

const versionsAtMost = 2000;
const versionKey = (id: string, version: number) => `${id} ${version}`;

/** What open quests wait for, of those that count completions, or require others. */
export async function findAwaiting(transaction: Transaction): Promise<Awaiting[]> {
  const where = { archivedAt: null, $or: [{ types: { $contains: ['QuestCompleted'] } }, { requires: { $ne: [] } }] };
  const found = await transaction.find(QuestRow, where, { populate: ['rewards'], strategy: 'select-in' });
  return found.map(questOf).map((quest) => ({ ...quest, awaits: awaitedBy(quest) }));
}

/** Every quest, as far as others may require it. */
export const findRequired = (transaction: Transaction): Promise<Required[]> =>
  rows<Required>(transaction, `select id, name, requires, archived_at is not null as "isArchived" from quest`);

export function openReading(database: Database): Reading {
  // A version of a quest never changes, so a list asks the database only which versions are on it.
  const versions = new LruCache<Quest>(versionsAtMost);
  const findWhole = async (where: object) => {
    // One statement, rewards and all: this is what every request of the graph for quests comes down to.
    const found = await database.fork().find(QuestRow, where, { populate: ['rewards'], strategy: 'joined' });
    return found.map(questOf);
  };
  return {
    findQuests: (ids) => findWhole({ id: { $in: ids } }),
    findQuestsByName: (names) => findWhole({ name: { $in: names } }),
    findRewards: async (ids) => (await database.fork().find(RewardRow, { id: { $in: ids } })).map(rewardOf),
    async findListed({ limit, after, where: { tags, type, ...equal } }) {
      const where = {
        ...equal,
        ...(tags && { tags: { $contains: [...tags] } }),
        ...(type && { types: { $contains: [type] } }),
        ...(after && { $or: beyond(after) }),
      };
      const order = { createdAt: 'desc', id: 'desc' } as const;
      const listed = await database
        .fork()
        .createQueryBuilder(QuestRow, 'quest')
        .select(['id', 'version'])
        .where(where)
        .orderBy(order)
        .limit(limit + 1)
        .execute<Pick<Quest, 'id' | 'version'>[]>();
      const held = listed.flatMap(({ id, version }) => versions.find(versionKey(id, version)) ?? []);
      if (held.length === listed.length) return held;
      const found = await database
        .fork()
        .find(QuestRow, where, { orderBy: order, limit: limit + 1, populate: ['rewards'], strategy: 'select-in' });
      return found.map(questOf).map((quest) => versions.get(versionKey(quest.id, quest.version), () => quest));
    },
    async findCurrent(after) {
      const found = await findWhole({ archivedAt: null });
      return found.filter(({ name }) => name > after).sort((one, other) => (one.name < other.name ? -1 : 1));
    },
  };
}

function beyond({ createdAt, id }: NonNullable<Listing['after']>) {
  const instant = new Date(createdAt / 1000);
  return [{ createdAt: { $lt: instant } }, { createdAt: instant, id: { $lt: id } }];
}
