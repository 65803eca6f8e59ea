import type { Note } from '../shared/deadLetters.ts';
import { sendDeed } from '../shared/deeds.ts';
import type { Acting } from './context.ts';

/** Puts on record what an operator does with an event that was set aside. */
export function noteOf({ actorId, requestId, now }: Acting, action: string, reason: string | null): Note {
  return (transaction, { id, source, eventId }, became) => {
    const changes = [{ field: 'event', before: 'set aside', after: became }];
    const target = { targetId: id, targetName: `${source} ${eventId}`.slice(0, 200) };
    const deed = { actorId, action, ...target, reason, changes, outcome: 'DONE', requestId } as const;
    return sendDeed(transaction, 'progress', deed, now);
  };
}
