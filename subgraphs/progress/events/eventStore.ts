import { type Database, type Transaction, inIndexOrder, rows } from '../../../shared/database/database.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import type { Connection, Page } from '../../../shared/subgraph/paging.ts';
import type { EventFilter } from './eventFilter.rules.ts';

/** Events of users, stored and read: those of a player, those of everyone, and those that have just come. */

export interface RecordedEvent {
  source: string;
  id: string;
  userId: string;
  type: string;
  occurredAt: Date;
  data: unknown;
}

export interface ListedEvent extends RecordedEvent {
  /** Its place in every list: when it happened, in microseconds since 1970, and in which order it was stored. */
  position: string;
}

export type EventPage = Connection<ListedEvent>;

/** Of a cursor. */
export const eventPosition = /^\d{1,17}\.\d{1,18}$/;

interface EventRow {
  source: string;
  id: string;
  user_id: string;
  type: string;
  occurred_at: string;
  data: unknown;
  place: string;
}

const columns = `source, id, user_id, type, occurred_at, data,
  (extract(epoch from occurred_at) * 1000000)::bigint || '.' || position as place`;

const listedEvent = ({ user_id, occurred_at, place, ...row }: EventRow): ListedEvent => ({
  ...row,
  userId: user_id,
  occurredAt: new Date(occurred_at),
  position: place,
});

/** Stores events as they came; each is about a user. */
export async function insertEvents(transaction: Transaction, events: readonly EventEnvelope[]): Promise<void> {
  await rows(
    transaction,
    `insert into event (source, id, user_id, type, occurred_at, data)
     select * from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::timestamptz[], $6::jsonb[])`,
    [
      events.map((event) => event.source),
      events.map((event) => event.id),
      events.map((event) => event.userId),
      events.map((event) => event.type),
      events.map((event) => event.occurredAt),
      events.map((event) => JSON.stringify(event.data ?? null)),
    ],
  );
}

const everyEvent: EventFilter = { type: null, userId: null, from: null, to: null };

const readInOrder = (database: Database, statement: string, parameters: unknown[]): Promise<EventRow[]> =>
  inIndexOrder(database, (transaction) => rows<EventRow>(transaction, statement, parameters));

/** What a player did, what happened last first; one more than the limit when there are more. */
export const findEvents = (database: Database, userId: string, page: Page): Promise<ListedEvent[]> =>
  findAllEvents(database, { ...everyEvent, userId }, page);

/** What happened last first, one more than the limit when there are more. Whatever is asked for, an index has it in this order. */
export async function findAllEvents(
  database: Database,
  { type, userId, from, to }: EventFilter,
  { limit, before }: Page,
): Promise<ListedEvent[]> {
  const [microseconds, position] = before?.split('.') ?? [];
  const conditions: [condition: string, ...values: unknown[]][] = [];
  if (type !== null) conditions.push(['type = ?', type]);
  if (userId !== null) conditions.push(['user_id = ?::uuid', userId]);
  if (from) conditions.push(['occurred_at >= ?', from]);
  if (to) conditions.push(['occurred_at < ?', to]);
  if (before !== null) {
    const instant = `timestamptz 'epoch' + ?::bigint * interval '1 microsecond'`;
    // Said twice, because PostgreSQL leaves later months out by the first alone.
    conditions.push([`occurred_at <= ${instant}`, microseconds]);
    conditions.push([`(occurred_at, position) < (${instant}, ?::bigint)`, microseconds, position]);
  }
  // Only the conditions that there are, so that the planner sees which index fits.
  let count = 1;
  const where = conditions.map(([condition]) => condition.replaceAll('?', () => `$${++count}`)).join(' and ');
  const found = await readInOrder(
    database,
    `select ${columns} from event ${where && `where ${where}`} order by occurred_at desc, event.position desc limit $1`,
    [limit + 1, ...conditions.flatMap(([, ...values]) => values)],
  );
  return found.map(listedEvent);
}

/** The last events of a player that are of these types, what happened last first. */
export async function findRecent(
  database: Database,
  userId: string,
  types: readonly string[],
  limit: number,
): Promise<ListedEvent[]> {
  const order = (of: string) => `order by ${of}.occurred_at desc, ${of}.position desc limit $3`;
  const found = await readInOrder(
    database,
    `select found.source, found.id, user_id, found.type, occurred_at, data, place
     from unnest($2::text[]) wanted(type)
       cross join lateral (select ${columns}, position from event where user_id = $1 and type = wanted.type ${order('event')}) found
     ${order('found')}`,
    [userId, types, limit],
  );
  return found.map(listedEvent);
}

/** Those of these events that are stored as happened to the same user at the same instant. */
export async function findSame(em: Transaction, events: readonly EventEnvelope[]): Promise<RecordedEvent[]> {
  if (events.length === 0) return [];
  const found = await rows<EventRow>(
    em,
    `select ${columns} from event where (user_id, occurred_at, source, id) in
       (select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[]))`,
    [
      events.map((event) => event.userId),
      events.map((event) => event.occurredAt),
      events.map((event) => event.source),
      events.map((event) => event.id),
    ],
  );
  return found.map(listedEvent);
}

/** The place at which an event was stored. */
export const storedAt = ({ position }: ListedEvent): number => Number(position.split('.')[1]);

export async function findLastStored(em: Transaction): Promise<number> {
  const [row] = await rows<{ last: string }>(em, 'select coalesce(max(position), 0) as last from event');
  return Number(row!.last);
}

/** Events that were stored after a place and are none of those that are known, in the order in which they were stored. */
export async function findStored(
  em: Transaction,
  after: number,
  known: readonly number[],
  limit: number,
): Promise<ListedEvent[]> {
  const found = await rows<EventRow>(
    em,
    `select ${columns} from event where position > $1 and position <> all($2::bigint[]) order by event.position limit $3`,
    [after, known, limit],
  );
  return found.map(listedEvent);
}
