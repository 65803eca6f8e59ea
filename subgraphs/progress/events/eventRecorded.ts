import { withRole } from '../../../shared/identity.ts';
import { acceptedFilter } from './allEvents.ts';
import type { Context } from '../context.ts';
import type { RecordedEvent } from './eventStore.ts';
import type { EventFilter } from '../schema.generated.ts';

/** Operators: events of everyone as they are committed, from now on. */
export const eventRecorded = {
  async subscribe(
    _: unknown,
    { filter }: { filter?: EventFilter | null },
    context: Context,
  ): Promise<AsyncIterable<RecordedEvent>> {
    withRole(context.viewer, 'OPERATOR');
    return context.tail.follow(acceptedFilter(filter));
  },
  resolve: (event: RecordedEvent) => event,
};
