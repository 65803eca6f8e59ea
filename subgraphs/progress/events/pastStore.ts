import { type Transaction, rows } from '../../../shared/database/database.ts';
import type { EventEnvelope } from '../../../shared/events.ts';

/** An event as it was recorded, and the order in which it was stored. */
export interface PastEvent {
  event: EventEnvelope;
  place: number;
}

/**
 * What these players have done of these types since an instant, of each player the earliest first, in portions of so many. PostgreSQL holds the
 * order while it is read, so the past of a busy player is sorted once. One transaction reads one past at a time.
 */
export async function* readPast(
  transaction: Transaction,
  userIds: readonly string[],
  types: readonly string[],
  since: number,
  portion: number,
): AsyncGenerator<PastEvent[]> {
  await rows(
    transaction,
    `declare past no scroll cursor for select source, id, type, user_id, data, occurred_at, position
     from event where user_id = any($1::uuid[]) and type = any($2) and occurred_at >= $3::timestamptz order by user_id, occurred_at, position`,
    [userIds, types, since === -Infinity ? '-infinity' : new Date(since).toISOString()],
  );
  for (;;) {
    const found = await rows<PastRow>(transaction, `fetch ${Math.trunc(portion)} from past`);
    if (found.length > 0) yield found.map(pastOf);
    if (found.length < portion) break;
  }
  await rows(transaction, 'close past');
}

interface PastRow {
  source: string;
  id: string;
  type: string;
  user_id: string;
  data: unknown;
  occurred_at: string;
  position: string;
}

const pastOf = ({ user_id, occurred_at, position, ...event }: PastRow): PastEvent => ({
  event: { ...event, version: 1, userId: user_id, occurredAt: new Date(occurred_at).toISOString() },
  place: Number(position),
});
