import type { Transaction } from '../../../shared/database/database.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { type Told, saveDeliveries } from './deliveryStore.ts';
import { webhookTypeOf } from './webhook.rules.ts';

/** Tells webhooks of those events that they can be told of, in the transaction of their cause. */
export async function announce(transaction: Transaction, events: readonly EventEnvelope[]): Promise<void> {
  await saveDeliveries(transaction, events.flatMap(toldOf));
}

/** In the form that Standard Webhooks recommends. The bytes are fixed here, and each attempt signs them anew. */
function toldOf({ id, type: eventType, userId, occurredAt, data }: EventEnvelope): Told[] {
  const type = webhookTypeOf(eventType);
  if (!type) return [];
  const told = type === 'quest.published' ? publication(data as QuestTerms) : { userId, ...(data as object) };
  return [{ id, type, userId, body: JSON.stringify({ type, timestamp: occurredAt, data: told }) }];
}

/** The graph has the rest, of the version that is in force when it is asked. */
const publication = ({ questId, name, version, startsAt, endsAt, archivedAt }: QuestTerms) => ({
  ...{ questId, name, version },
  ...{ startsAt, endsAt, archivedAt },
});
