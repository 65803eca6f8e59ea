import { type Transaction, rows } from '../shared/database.ts';
import type { Page } from '../shared/paging.ts';

/** Who did, or tried to do, what to whom. Entries are only ever added; PostgreSQL refuses anything else. */
export interface AuditEntry {
  position: string;
  occurredAt: Date;
  /** Null when nobody was signed in. */
  actorId: string | null;
  action: string;
  targetId: string | null;
  outcome: 'DONE' | 'REFUSED';
  requestId: string;
}

export async function saveAudit(
  em: Transaction,
  { now, requestId }: { now: Date; requestId: string },
  { actorId, action, targetId, outcome }: Omit<AuditEntry, 'position' | 'occurredAt' | 'requestId'>,
): Promise<void> {
  await rows(
    em,
    `insert into audit (occurred_at, actor_id, action, target_id, outcome, request_id) values ($1, $2, $3, $4, $5, $6)`,
    [now, actorId, action, targetId?.slice(0, 100) ?? null, outcome, requestId],
  );
}

/** One more than the page holds, newest first. */
export async function findAudit(em: Transaction, { limit, before }: Page): Promise<AuditEntry[]> {
  const found = await rows<Omit<AuditEntry, 'occurredAt'> & { occurredAt: string }>(
    em,
    `select number::text as position, occurred_at as "occurredAt", actor_id as "actorId", action, target_id as "targetId",
       outcome, request_id as "requestId"
     from audit where $2::bigint is null or number < $2 order by number desc limit $1 + 1`,
    [limit, before],
  );
  return found.map((entry) => ({ ...entry, occurredAt: new Date(entry.occurredAt) }));
}
