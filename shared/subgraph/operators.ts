import { refusalsKept, sendAuditEntry, shown } from '../delivery/auditEntries.ts';
import type { Database } from '../database/database.ts';
import { Refusal } from '../errors.ts';
import type { AuditEntry } from '../events.ts';
import { type Viewer, withRole } from '../identity.ts';

/** Whose refusals one process counts at a time. */
const peopleCounted = 10_000;
const hourMs = 3_600_000;

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
export type OperatorsOnly = (attempt: Attempt) => Promise<Acting>;

/** The one check of who may do what goes on the audit log. The log cannot be flooded: so many refusals of one person are recorded in an hour. */
export function operatorsOnly(record: (refused: AuditEntry, now: Date) => Promise<void>): OperatorsOnly {
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
      return { actorId: withRole(viewer, 'OPERATOR').id, action, requestId, now };
    } catch (refusal) {
      if (refusal instanceof Refusal && refusal.code === 'FORBIDDEN' && isKept(viewer!.id, now)) {
        const target = { targetId: targetId && shown(targetId), targetName: null };
        await record({ actorId: viewer!.id, action, ...target, ...refused, requestId }, now);
      }
      throw refusal;
    }
  };
}

const refused = { reason: null, changes: [], outcome: 'REFUSED' } as const;

/** Tells auth of refusals in another subgraph. `sent` is called once one is stored. */
export const tellRefusals =
  (database: Database, source: string, sent: () => void) =>
  async (entry: AuditEntry, now: Date): Promise<void> => {
    await database.transaction((transaction) => sendAuditEntry(transaction, source, entry, now));
    sent();
  };
