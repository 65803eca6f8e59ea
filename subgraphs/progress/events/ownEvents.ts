import type { Transaction } from '../../../shared/database/database.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import { send } from '../../../shared/delivery/outbox.ts';
import { announce } from '../webhooks/announce.ts';
import { insertEvents } from './eventStore.ts';

/**
 * Stores events that progress makes itself, such as QuestCompleted and RewardClaimed, in the history of their players and in the outbox, and tells
 * webhooks of them, in the transaction of their cause. They pass no inbox: their ids are made once, with what they tell.
 */
export async function saveOwnEvents(transaction: Transaction, events: readonly EventEnvelope[]): Promise<void> {
  if (events.length === 0) return;
  await insertEvents(transaction, events);
  await send(transaction, events);
  await announce(transaction, events);
}
