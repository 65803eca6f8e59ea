/** Which events an operator asks for. */

export interface EventFilter {
  type: string | null;
  userId: string | null;
  /** When it happened; this instant belongs to it. */
  from: Date | null;
  /** This one does not. */
  to: Date | null;
}

/** What is wrong with a filter, as a sentence. */
export function faultOf({ type, from, to }: EventFilter): string | undefined {
  if (type !== null && !/^[A-Z][A-Za-z0-9]{0,63}$/.test(type))
    return 'type takes 1 to 64 letters and digits, the first a capital letter.';
  if (from && to && from >= to) return 'from must be before to.';
  return undefined;
}

/** Is this event one of those that are asked for? */
export function isAskedFor(filter: EventFilter, event: { type: string; userId: string; occurredAt: Date }): boolean {
  const { type, userId, from, to } = filter;
  return (
    (type === null || type === event.type) &&
    (userId === null || userId === event.userId) &&
    (from === null || event.occurredAt >= from) &&
    (to === null || event.occurredAt < to)
  );
}
