import { type Transaction, rows } from '../../../shared/database/database.ts';
import { refusalsKept, storableEntry } from '../../../shared/delivery/auditEntries.ts';
import type { Change, AuditEntry } from '../../../shared/events.ts';
import type { Page } from '../../../shared/subgraph/paging.ts';

/** Who did, or tried to do, what to whom, and why. Entries are only ever added; PostgreSQL refuses anything else. */
export interface AuditRow {
  position: string;
  occurredAt: Date;
  /** Null when nobody was signed in. */
  actorId: string | null;
  action: string;
  targetId: string | null;
  targetName: string | null;
  reason: string | null;
  changes: readonly Change[];
  outcome: 'DONE' | 'REFUSED';
  requestId: string;
}

/** What an entry says beside who, what and how it ended; all of it may be absent. */
type Told = Partial<Pick<AuditEntry, 'targetName' | 'reason' | 'changes'>>;
type Facts = Omit<AuditRow, 'position' | 'occurredAt' | keyof Told>;

/** Of what one person tried in vain within an hour, only the first entries are kept: nobody can bury the others under refusals. */
export async function saveAudit(em: Transaction, occurredAt: Date, entry: Facts & Told): Promise<void> {
  const nothingMore = { targetName: null, reason: null, changes: [] };
  // Senders see to their texts themselves; whoever does not shall not lose the entry.
  const { actorId, action, targetId, outcome, requestId, targetName, reason, changes } = storableEntry({
    ...nothingMore,
    ...entry,
  });
  await rows(
    em,
    `insert into audit (occurred_at, actor_id, action, target_id, outcome, request_id, target_name, reason, changes)
     select $1::timestamptz, $2::uuid, $3, $4, $5, $6, $7, $8, $9::jsonb
     where $5 <> 'REFUSED' or $2::uuid is null or $10 > (
       select count(*) from audit where actor_id = $2 and outcome = 'REFUSED' and occurred_at > $1::timestamptz - interval '1 hour')`,
    [
      occurredAt,
      actorId,
      action,
      targetId,
      outcome,
      requestId,
      targetName,
      reason,
      JSON.stringify(changes),
      refusalsKept,
    ],
  );
}

export interface Wanted {
  actorId: string | null;
  action: string | null;
}

/** One more than the page holds, newest first. */
export async function findAudit(em: Transaction, { limit, before }: Page, wanted: Wanted): Promise<AuditRow[]> {
  const found = await rows<Omit<AuditRow, 'occurredAt'> & { occurredAt: string }>(
    em,
    `select number::text as position, occurred_at as "occurredAt", actor_id as "actorId", action, target_id as "targetId",
       target_name as "targetName", reason, changes, outcome, request_id as "requestId"
     from audit
     where ($2::bigint is null or number < $2) and ($3::uuid is null or actor_id = $3) and ($4::text is null or action = $4)
     order by number desc limit $1 + 1`,
    [limit, before, wanted.actorId, wanted.action],
  );
  return found.map((entry) => ({ ...entry, occurredAt: new Date(entry.occurredAt) }));
}
