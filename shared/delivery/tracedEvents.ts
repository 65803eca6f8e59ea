import { createContextKey, context, trace } from '@opentelemetry/api';
import type { EventEnvelope } from '../events.ts';
import { beginSpan, currentTrace, isTracing, traceHeaders, traced } from '../process/tracing.ts';

/** By user, for what is done with a batch of events: in whose trace an effect on that user stands. */
const byUser = createContextKey('questline trace by user');

/** A span has no more links than this. */
const linksAtMost = 128;

/** Applies a batch: a span in the trace of each event that has one, and all that is done for it in the trace of its own when it is alone. */
export async function applyTraced(events: readonly EventEnvelope[], work: () => Promise<void>): Promise<void> {
  const sampled = isTracing()
    ? events.filter(({ traceparent }) => traceparent !== undefined).slice(0, linksAtMost)
    : [];
  if (sampled.length === 0) return work();
  const spans = sampled.map(({ type, source, traceparent }) =>
    beginSpan(`apply ${type}`, {
      kind: 'consumer',
      from: { traceparent: traceparent! },
      attributes: { 'messaging.system': 'questline', 'messaging.destination.name': source },
    }),
  );
  const traces = new Map<string, string>();
  sampled.forEach(({ userId }, n) => {
    if (userId === null) return;
    const headers = context.with(trace.setSpan(context.active(), spans[n]!), traceHeaders);
    if (headers.traceparent !== undefined) traces.set(userId, headers.traceparent);
  });
  const inside = context.active().setValue(byUser, traces);
  try {
    if (spans.length === 1 && events.length === 1) await context.with(trace.setSpan(inside, spans[0]!), work);
    else
      await context.with(inside, () => traced('apply events', { kind: 'consumer', links: [...traces.values()] }, work));
  } finally {
    for (const span of spans) span.end();
  }
}

/** The trace in which an effect on this user stands. */
export function traceFor(userId: string): string | undefined {
  if (!isTracing()) return undefined;
  return (context.active().getValue(byUser) as Map<string, string> | undefined)?.get(userId) ?? currentTrace();
}
