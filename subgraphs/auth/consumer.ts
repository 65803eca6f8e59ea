import type { EventEnvelope, EventPayloads } from '../../shared/events.ts';
import type { Apply } from '../../shared/inbox.ts';
import { saveAudit } from './auditStore.ts';

/** OperatorActed: what was done in the other rooms goes on record, one entry per deed however often it comes. */
export const keepDeeds: Apply = async (transaction, events) => {
  for (const { data, occurredAt } of events as EventEnvelope<EventPayloads['OperatorActed']>[])
    await saveAudit(transaction, new Date(occurredAt), data);
  return () => {};
};
