import { randomUUID } from 'node:crypto';
import { LockMode } from '@mikro-orm/postgresql';
import type { Transaction } from '../../shared/database.ts';
import type { Definition, Quest, Reward, RewardDefinition } from './definition.rules.ts';
import { QuestRow, RewardRow, type StoredQuest, type StoredReward } from './entities.ts';

/** A quest with its current rewards, as rules and the graph speak of it. */
export function questOf(row: StoredQuest): Quest {
  const { id, name, title, description, trigger, streak, duplication, autoClaim, category, tags } = row;
  const { period, timeZone, graceHours, freezes, startsAt, endsAt, hidden, archivedAt, version, createdAt } = row;
  const rewards = currentRewards(row).map(rewardOf);
  return {
    ...{ id, name, title, description, trigger, streak, duplication, autoClaim, rewards },
    ...{ period, timeZone: timeZone ?? null, graceHours, freezes },
    ...{ category: category ?? null, tags, startsAt, endsAt: endsAt ?? null, hidden },
    ...{ archivedAt: archivedAt ?? null, version, createdAt },
  };
}

export const rewardOf = ({ id, name, item, quantity }: StoredReward): Reward => ({ id, name, item, quantity });

function currentRewards(row: StoredQuest): StoredReward[] {
  const current = row.rewards.getItems().filter(({ untilVersion }) => (untilVersion ?? null) === null);
  return current.sort((one, other) => one.position - other.position);
}

/** Holds these quests until the transaction ends: whoever else wants to change one waits, and then sees this change. */
export function lockQuests(
  transaction: Transaction,
  where: { id: string } | { name: { $in: string[] } },
): Promise<StoredQuest[]> {
  return transaction.find(QuestRow, where, {
    lockMode: LockMode.PESSIMISTIC_WRITE,
    // Always in the same order, so that two imports wait for each other and never both.
    orderBy: { id: 'asc' },
    populate: ['rewards'],
    // A lock cannot be taken on rows of an outer join.
    strategy: 'select-in',
  });
}

/** Stored when the transaction is flushed. */
export function addQuest(transaction: Transaction, { rewards, ...definition }: Definition, now: Date): StoredQuest {
  const row = transaction.create(QuestRow, {
    ...definition,
    id: randomUUID(),
    archivedAt: null,
    version: 1,
    createdAt: now,
  });
  rewards.forEach((reward, position) => addReward(transaction, row, reward, position));
  return row;
}

/** Makes this the quest's next version. A reward that stays as it was keeps its id. */
export async function reviseQuest(
  transaction: Transaction,
  row: StoredQuest,
  { rewards, ...definition }: Definition,
): Promise<void> {
  transaction.assign(row, { ...definition, version: row.version + 1 });
  const before = currentRewards(row);
  const same = (one: RewardDefinition, other: RewardDefinition) =>
    one.item === other.item && one.quantity === other.quantity && one.name === other.name;
  for (const old of before) if (!rewards.some((reward) => same(old, reward))) old.untilVersion = row.version;
  // The old reward of an item must be gone before the new one comes: a quest pays each item once.
  await transaction.flush();
  rewards.forEach((reward, position) => {
    const kept = before.find((old) => same(old, reward));
    if (kept) kept.position = position;
    else addReward(transaction, row, reward, position);
  });
}

function addReward(transaction: Transaction, quest: StoredQuest, reward: RewardDefinition, position: number): void {
  const row = transaction.create(RewardRow, {
    ...reward,
    id: randomUUID(),
    quest,
    position,
    sinceVersion: quest.version,
    untilVersion: null,
  });
  quest.rewards.add(row);
}
