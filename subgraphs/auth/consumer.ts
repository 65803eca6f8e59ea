import type { EventEnvelope, EventPayloads } from '../../shared/events.ts';
import type { Apply } from '../../shared/inbox.ts';
import { saveAudit } from './auditStore.ts';

/** OperatorActed: stores the audit entries of the other subgraphs, each once however often it comes. */
export const keepAuditEntries: Apply = async (transaction, events) => {
  for (const { data, occurredAt } of events as EventEnvelope<EventPayloads['OperatorActed']>[])
    await saveAudit(transaction, new Date(occurredAt), data);
  return () => {};
};
