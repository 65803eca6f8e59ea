import { randomUUID } from 'node:crypto';
import type { Database, Transaction } from './database.ts';
import { Refusal } from './errors.ts';
import { type AuditEntry, event } from './events.ts';
import { type Viewer, withRole } from './identity.ts';
import { send } from './outbox.ts';

/** How many refusals of one person are kept in an hour; what is tried beyond them is refused all the same. */
export const refusalsKept = 20;
/** Whose refusals one process counts at a time. */
const peopleCounted = 10_000;
const hourMs = 3_600_000;

/** Sends an audit entry to auth, in the transaction of what it tells. */
export async function sendAuditEntry(
  transaction: Transaction,
  source: string,
  entry: AuditEntry,
  now: Date,
): Promise<void> {
  await send(transaction, [event('OperatorActed', { id: randomUUID(), source, userId: null, occurredAt: now }, entry)]);
}

/** An operator who does something, for the record. */
export interface Acting {
  actorId: string;
  action: string;
  requestId: string;
  now: Date;
}

/** What somebody wants to do, and by which request. */
export interface Attempt {
  viewer: Viewer | null;
  action: string;
  targetId: string | null;
  requestId: string;
  now: Date;
}

/** Lets operators pass. Throws UNAUTHENTICATED, or FORBIDDEN, and then the attempt is on record. */
export type OperatorsOnly = (attempt: Attempt) => Promise<Viewer>;

/** The record cannot be flooded: a process sends so many refusals of one person in an hour, and auth keeps no more of them from everywhere. */
export function operatorsOnly(database: Database, source: string, sent: () => void): OperatorsOnly {
  const counts = new Map<string, number>();
  let hour = 0;
  const isKept = (actorId: string, now: Date): boolean => {
    const current = Math.floor(now.getTime() / hourMs);
    if (current !== hour) counts.clear();
    hour = current;
    const count = (counts.get(actorId) ?? 0) + 1;
    if (count === 1 && counts.size >= peopleCounted) return false;
    counts.set(actorId, count);
    return count <= refusalsKept;
  };
  return async ({ viewer, action, targetId, requestId, now }) => {
    try {
      return withRole(viewer, 'OPERATOR');
    } catch (refusal) {
      if (refusal instanceof Refusal && refusal.code === 'FORBIDDEN' && isKept(viewer!.id, now)) {
        const entry = { ...refused, actorId: viewer!.id, action, targetId: targetId && shown(targetId), requestId };
        await database.transaction((transaction) => sendAuditEntry(transaction, source, entry, now));
        sent();
      }
      throw refusal;
    }
  };
}

const refused: Pick<AuditEntry, 'targetName' | 'reason' | 'changes' | 'outcome'> = {
  targetName: null,
  reason: null,
  changes: [],
  outcome: 'REFUSED',
};

/** What a stranger wrote, as a database can hold it. */
export const shown = (text: string): string =>
  text
    .slice(0, 100)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\uFFFD');
