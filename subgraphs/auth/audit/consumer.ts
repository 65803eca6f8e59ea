import type { EventEnvelope, EventPayloads } from '../../../shared/events.ts';
import type { Apply } from '../../../shared/delivery/inbox.ts';
import { saveAudit } from './auditStore.ts';
import { findDeleted } from '../rights/deletionStore.ts';

/** OperatorActed: stores the audit entries of the other subgraphs, each once however often it comes, and without words about who was deleted meanwhile. */
export const keepAuditEntries: Apply = async (transaction, events) => {
  const entries = events as EventEnvelope<EventPayloads['OperatorActed']>[];
  const deleted = await findDeleted(
    transaction,
    entries.map(({ data }) => data.targetId),
  );
  for (const { data, occurredAt } of entries) {
    const isDeleted = data.targetId !== null && deleted.has(data.targetId.toLowerCase());
    const entry = isDeleted ? { ...data, targetName: null, reason: null } : data;
    await saveAudit(transaction, new Date(occurredAt), entry);
  }
  return () => {};
};
