import { type Transaction } from '../shared/database.ts';
import { event } from '../shared/events.ts';
import { send } from '../shared/outbox.ts';
import type { Quest } from './definition.ts';
import { QuestVersionRow } from './entities.ts';

/** Keeps these versions for good and tells the other rooms of them, in the transaction that made them. */
export async function recordVersions(
  transaction: Transaction,
  quests: readonly Quest[],
  changedBy: string,
  changedAt: Date,
): Promise<void> {
  if (quests.length === 0) return;
  const versions = quests.map(({ id, version, ...terms }) => ({ quest: id, version, terms, changedBy, changedAt }));
  await transaction.insertMany(QuestVersionRow, versions);
  await send(
    transaction,
    quests.map((quest) => questDefined(quest, changedAt)),
  );
}

/** The id says which version it is, so that the same version told twice is one event. */
function questDefined(quest: Quest, occurredAt: Date) {
  const { id, name, version, trigger, streak, duplication, autoClaim, hidden, startsAt, endsAt, archivedAt } = quest;
  return event(
    'QuestDefined',
    { id: `${id}:${version}`, source: 'catalog', userId: null, occurredAt },
    {
      questId: id,
      name,
      version,
      trigger,
      streak,
      duplication,
      autoClaim,
      hidden,
      rewards: quest.rewards.map((reward) => ({ id: reward.id, item: reward.item, quantity: reward.quantity })),
      startsAt: startsAt.toISOString(),
      endsAt: endsAt?.toISOString() ?? null,
      archivedAt: archivedAt?.toISOString() ?? null,
    },
  );
}
