import { randomUUID } from 'node:crypto';
import type { Transaction } from './database.ts';
import { type AuditEntry, event } from './events.ts';
import { send } from './outbox.ts';

/** How many refusals of one person are kept in an hour; what is tried beyond them is refused all the same. */
export const refusalsKept = 20;

/** Sends an audit entry to auth, in the transaction of what it tells. */
export async function sendAuditEntry(
  transaction: Transaction,
  source: string,
  entry: AuditEntry,
  now: Date,
): Promise<void> {
  await send(transaction, [event('OperatorActed', { id: randomUUID(), source, userId: null, occurredAt: now }, entry)]);
}

/** What a stranger wrote, as a database can hold it. */
export const shown = (text: string): string =>
  text
    .slice(0, 100)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\uFFFD');
