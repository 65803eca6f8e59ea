import { randomUUID } from 'node:crypto';
import { LockMode } from '@mikro-orm/postgresql';
import type { Transaction } from '../../shared/database/database.ts';
import type { Definition, Quest, Reward, RewardDefinition } from './definition/definition.rules.ts';
import { settled } from './definition/fields.rules.ts';
import { simpleFormOf } from './definition/form.rules.ts';
import { QuestRow, RewardRow, type StoredQuest, type StoredReward } from './entities.ts';

/** A quest with its current rewards, as rules and the graph speak of it. */
export function questOf(row: StoredQuest): Quest {
  const { id, objectives, archivedAt, onArchive, version, createdAt } = row;
  const current = currentRewards(row);
  const paidIn = (step: number | null) => current.filter((reward) => (reward.step ?? null) === step).map(rewardOf);
  const rewards = paidIn(null);
  const steps = row.stepTargets.map((target, step) => ({ target, rewards: paidIn(step) }));
  const simple = objectives ? { trigger: null, streak: null, period: 'EVENT', graceHours: 0, freezes: 0 } : {};
  return {
    ...settled({ ...row, ...simple, rewards, steps }),
    ...{ id, rewards, steps, version, createdAt },
    ...{ archivedAt: archivedAt ?? null, onArchive: onArchive ?? null },
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

/** What the row of a quest holds of its definition. */
function columnsOf(definition: Definition) {
  const { rewards: _, steps, ...columns } = definition;
  const stepTargets = steps.map(({ target }) => target);
  return { ...columns, ...simpleFormOf(definition), stepTargets };
}

/** What is paid, where. */
const paidBy = ({ rewards, steps }: Definition): Paid[] =>
  [{ step: null, rewards }, ...steps.map(({ rewards }, step) => ({ step, rewards }))].flatMap(({ step, rewards }) =>
    rewards.map((reward, position) => ({ ...reward, step, position })),
  );

type Paid = RewardDefinition & { step: number | null; position: number };

/** Stored when the transaction is flushed. */
export function addQuest(transaction: Transaction, definition: Definition, now: Date): StoredQuest {
  const row = transaction.create(QuestRow, {
    ...columnsOf(definition),
    id: randomUUID(),
    archivedAt: null,
    onArchive: null,
    version: 1,
    createdAt: now,
  });
  for (const reward of paidBy(definition)) addReward(transaction, row, reward);
  return row;
}

/** Makes this the quest's next version. A reward that stays as it was keeps its id. */
export async function reviseQuest(transaction: Transaction, row: StoredQuest, definition: Definition): Promise<void> {
  transaction.assign(row, { ...columnsOf(definition), version: row.version + 1 });
  const before = currentRewards(row);
  const next = paidBy(definition);
  const same = (one: Paid, other: StoredReward) =>
    one.step === (other.step ?? null) &&
    one.item === other.item &&
    one.quantity === other.quantity &&
    one.name === other.name;
  for (const old of before) if (!next.some((reward) => same(reward, old))) old.untilVersion = row.version;
  // The old reward of an item must be gone before the new one comes: a quest pays each item once.
  await transaction.flush();
  for (const reward of next) {
    const kept = before.find((old) => same(reward, old));
    if (kept) kept.position = reward.position;
    else addReward(transaction, row, reward);
  }
}

function addReward(transaction: Transaction, quest: StoredQuest, reward: Paid): void {
  const row = transaction.create(RewardRow, {
    ...reward,
    id: randomUUID(),
    quest,
    sinceVersion: quest.version,
    untilVersion: null,
  });
  quest.rewards.add(row);
}
