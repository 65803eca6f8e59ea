import { randomUUID } from 'node:crypto';
import type { Transaction } from '../database/database.ts';
import { type AuditEntry, event } from '../events.ts';
import { send } from './outbox.ts';
import { cut, storable } from '../text.rules.ts';

/** How many refusals of one person are kept in an hour; what is tried beyond them is refused all the same. */
export const refusalsKept = 20;

/** Sends an audit entry to auth, in the transaction of what it tells. */
export async function sendAuditEntry(
  transaction: Transaction,
  source: string,
  entry: AuditEntry,
  now: Date,
): Promise<void> {
  await send(transaction, [
    event('OperatorActed', { id: randomUUID(), source, userId: null, occurredAt: now }, storableEntry(entry)),
  ]);
}

/** What a stranger wrote, short and on one line, as a database can hold it. */
export const shown = (text: string): string => cut(storable(text), 100).replace(/\p{Cc}/gu, '\uFFFD');

/** A value is told in up to so many UTF-16 units. */
const valueUnits = 200;

type Texts = Pick<AuditEntry, 'targetId' | 'targetName' | 'reason' | 'changes'>;

/** The entry as the audit log can hold it, whatever its texts are: none is lost for what somebody wrote. */
export function storableEntry<Entry extends Texts>(entry: Entry): Entry {
  const told = (text: string | null) => text && cut(storable(text), valueUnits);
  return {
    ...entry,
    targetId: entry.targetId && shown(entry.targetId),
    targetName: told(entry.targetName),
    reason: told(entry.reason) || null,
    changes: entry.changes.map(({ field, before, after }) => ({
      field: told(field)!,
      before: told(before),
      after: told(after),
    })),
  };
}
