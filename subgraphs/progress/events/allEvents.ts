import { Refusal } from '../../../shared/errors.ts';
import { withRole } from '../../../shared/identity.ts';
import { connectionOf, pageOf } from '../../../shared/subgraph/paging.ts';
import { isUuid } from '../../../shared/uuid.rules.ts';
import type { Context } from '../context.ts';
import { type EventFilter, faultOf } from './eventFilter.rules.ts';
import { type EventPage, eventPosition } from './eventStore.ts';
import type { EventFilter as Given } from '../schema.generated.ts';

interface Asked {
  first?: number | null;
  after?: string | null;
  filter?: Given | null;
}

/** Operators: what was recorded of everyone, what happened last first. */
export async function allEvents(_: unknown, { filter, ...asked }: Asked, context: Context): Promise<EventPage> {
  withRole(context.viewer, 'OPERATOR');
  const accepted = acceptedFilter(filter);
  const page = pageOf('all-events', asked, eventPosition);
  // An id that no user can have is like one that no user has.
  const isNobody = accepted.userId !== null && !isUuid(accepted.userId);
  return connectionOf('all-events', page, isNobody ? [] : await context.findAllEvents(accepted, page));
}

/** Throws BAD_USER_INPUT. */
export function acceptedFilter(given: Given | null | undefined): EventFilter {
  const { type = null, userId = null, from = null, to = null } = given ?? {};
  const filter = { type, userId: userId?.toLowerCase() ?? null, from, to };
  const fault = faultOf(filter);
  if (fault) throw new Refusal('BAD_USER_INPUT', fault);
  return filter;
}
