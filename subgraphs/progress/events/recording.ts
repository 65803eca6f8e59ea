import { isDeepStrictEqual } from 'node:util';
import { Refusal } from '../../../shared/errors.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import { WalletIsFull } from '../wallet/ledgerStore.ts';
import type { RecordedEvent } from './eventStore.ts';
import { eventsAtMost, faultsOf } from './record.rules.ts';

interface Input {
  id: string;
  userId: string;
  type: string;
  occurredAt: Date;
  data?: unknown;
}

/** The events of a trusted service as envelopes. Throws BAD_USER_INPUT that names every fault of every event. */
export function toEnvelopes(source: string, events: readonly Input[], now: number): EventEnvelope[] {
  if (events.length === 0 || events.length > eventsAtMost)
    throw new Refusal('BAD_USER_INPUT', `events takes 1 to ${eventsAtMost} events.`);
  const faults = events.flatMap(({ occurredAt, data, ...event }, n) =>
    faultsOf({ ...event, data, occurredAt: occurredAt.getTime() }, now).map((fault) => `events[${n}]: ${fault}.`),
  );
  if (faults.length > 0) throw new Refusal('BAD_USER_INPUT', faults.slice(0, 20).join(' '));
  return events.map(({ id, userId, type, occurredAt, data }) => ({
    id,
    source,
    type,
    version: 1,
    userId: userId.toLowerCase(),
    occurredAt: occurredAt.toISOString(),
    // As it will be stored and sent; what GraphQL makes of a payload that is written in a query is no plain object.
    data: JSON.parse(JSON.stringify(data ?? null)) as unknown,
  }));
}

/** What an envelope of a user becomes when it is stored. */
export const recordedOf = ({ source, id, userId, type, occurredAt, data }: EventEnvelope): RecordedEvent => ({
  source,
  id,
  userId: userId!,
  type,
  occurredAt: new Date(occurredAt),
  data,
});

/** The stored events in the order they were sent. Throws CONFLICT when an id was used before of the same user, for something else. */
export function refuseConflicts(sent: readonly EventEnvelope[], stored: readonly RecordedEvent[]): RecordedEvent[] {
  const keyOf = ({ userId, id }: Pick<EventEnvelope, 'userId' | 'id'>) => `${userId} ${id}`;
  const byKey = new Map(stored.map((event) => [keyOf(event), event]));
  const conflicts = sent.filter((event) => !isSame(event, byKey.get(keyOf(event)))).map((event) => event.id);
  if (conflicts.length > 0)
    throw new Refusal(
      'CONFLICT',
      `These ids were used before with other content: ${[...new Set(conflicts)].slice(0, 10).join(', ')}.`,
    );
  return sent.map((event) => byKey.get(keyOf(event))!);
}

/** Says of which events a full wallet has refused all; every other error goes on as it is. */
export function withPlaces(error: unknown, sent: readonly EventEnvelope[]): unknown {
  if (!(error instanceof WalletIsFull)) return error;
  const places = sent.flatMap(({ userId }, n) => (userId === error.userId ? [n] : []));
  const named = places.slice(0, 20).map((n) => `events[${n}]`);
  return new Refusal(
    'CONFLICT',
    `${named.join(', ')}: ${error.message} Nothing was stored; the others can be sent again without these.`,
    { events: places },
  );
}

function isSame(sent: EventEnvelope, stored: RecordedEvent | undefined): boolean {
  return (
    stored !== undefined &&
    sent.type === stored.type &&
    sent.userId === stored.userId &&
    sent.occurredAt === stored.occurredAt.toISOString() &&
    isDeepStrictEqual(sent.data, stored.data)
  );
}
