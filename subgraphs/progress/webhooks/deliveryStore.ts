import { type Transaction, rows } from '../../../shared/database/database.ts';
import { hashOf, partitionSql } from '../../../shared/delivery/partitions.ts';

/**
 * What is sent to webhooks: a row for each event and webhook, written in the transaction of the event's cause. It stays until its target has
 * answered with success, or is a dead letter that an operator may send again.
 */

export type DeliveryState = 'WAITING' | 'DELIVERED' | 'DEAD';

/** In the table, whom a delivery concerns that is about nobody. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** An event as webhooks are told of it. */
export interface Told {
  id: string;
  /** quest.completed ... */
  type: string;
  userId: string | null;
  /** JSON. */
  body: string;
}

/** Stores a delivery for each event and each enabled webhook that wants it, in this order. */
export async function saveDeliveries(transaction: Transaction, told: readonly Told[]): Promise<void> {
  if (told.length === 0) return;
  await rows(
    transaction,
    `insert into webhook_delivery (user_id, webhook_id, event_id, type, body, hash)
     select coalesce(t.user_id, '${nobody}'), webhook.id, t.id, t.type, t.body, t.hash
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[]) with ordinality t(user_id, id, type, body, hash, place)
     join webhook on disabled_for is null and t.type = any(types) order by place, webhook.id`,
    [
      told.map(({ userId }) => userId),
      told.map(({ id }) => id),
      told.map(({ type }) => type),
      told.map(({ body }) => body),
      told.map(({ userId }) => userId && hashOf(userId)),
    ],
  );
}

export interface Due {
  number: string;
  userId: string;
  eventId: string;
  body: string;
  attempts: number;
}

/**
 * The next deliveries to a webhook that are due, of these partitions, the oldest of each player alone: those behind it wait, so that a target is told of a player's events in
 * their order. Players in `busy` are left out.
 */
export function findDue(
  em: Transaction,
  webhookId: string,
  {
    held,
    partitions,
    busy,
    limit,
  }: { held: readonly number[]; partitions: number; busy: readonly string[]; limit: number },
): Promise<Due[]> {
  return rows<Due>(
    em,
    `select number, user_id as "userId", event_id as "eventId", body, attempts from webhook_delivery d
     where webhook_id = $1 and state = 'WAITING' and due_at <= clock_timestamp() and ${partitionSql('$2')} = any($3::int[])
       and exists (select from webhook where id = $1 and disabled_for is null)
       and user_id <> all($4::uuid[])
       -- Of each row by the index: as a condition on sets, all that waits would be read each time.
       and number = (select e.number from webhook_delivery e
         where e.webhook_id = $1 and e.user_id = d.user_id and e.state = 'WAITING' order by e.number limit 1)
     order by number limit $5`,
    [webhookId, partitions, held, busy, limit],
  );
}

/** What has become of a delivery by one attempt. */
export interface Attempted {
  userId: string;
  number: string;
  /** Until it is tried again; null: it is not, be it delivered or dead. */
  pauseMs: number | null;
  status: number | null;
  /** Null: it is delivered. */
  fault: string | null;
}

export async function saveAttempts(em: Transaction, attempted: readonly Attempted[]): Promise<void> {
  await rows(
    em,
    `update webhook_delivery d set attempts = attempts + 1, tried_at = clock_timestamp(), status = t.status, fault = t.fault,
       due_at = case when t.pause is null then due_at else clock_timestamp() + make_interval(secs => t.pause) end,
       state = case when t.fault is null then 'DELIVERED' when t.pause is null then 'DEAD' else 'WAITING' end
     from unnest($1::uuid[], $2::bigint[], $3::float8[], $4::int[], $5::text[]) t(user_id, number, pause, status, fault)
     where d.user_id = t.user_id and d.number = t.number and d.state = 'WAITING'`,
    [
      attempted.map(({ userId }) => userId),
      attempted.map(({ number }) => number),
      attempted.map(({ pauseMs }) => pauseMs && pauseMs / 1000),
      attempted.map(({ status }) => status),
      attempted.map(({ fault }) => fault),
    ],
  );
}

/** Dead letters of a webhook wait again, as if they had never been tried: all, or those with these numbers. Resolves to how many. */
export async function reviveDead(
  em: Transaction,
  webhookId: string,
  numbers: readonly string[] | null,
): Promise<number> {
  const revived = await rows(
    em,
    `update webhook_delivery set state = 'WAITING', attempts = 0, due_at = clock_timestamp()
     where webhook_id = $1 and state = 'DEAD' and ($2::bigint[] is null or number = any($2)) returning 1`,
    [webhookId, numbers],
  );
  return revived.length;
}

/** A delivery as operators see it. */
export interface Delivery {
  id: string;
  position: string;
  eventId: string;
  type: string;
  userId: string | null;
  body: string;
  state: DeliveryState;
  attempts: number;
  /** Null: it is not tried again by itself. */
  nextTryAt: Date | null;
  status: number | null;
  fault: string | null;
  createdAt: Date;
  triedAt: Date | null;
}

type DeliveryRow = Omit<Delivery, 'position' | 'nextTryAt' | 'createdAt' | 'triedAt'> &
  Record<'createdAt', string> &
  Record<'nextTryAt' | 'triedAt', string | null>;

/** The last one first, one more than the limit when there are more. */
export async function findDeliveries(
  em: Transaction,
  webhookId: string,
  state: DeliveryState | null,
  limit: number,
  before: string | null,
): Promise<Delivery[]> {
  const found = await rows<DeliveryRow>(
    em,
    `select number as id, event_id as "eventId", type, nullif(user_id, '${nobody}') as "userId", body, state, attempts,
       case when state = 'WAITING' then due_at end as "nextTryAt", status, fault, created_at as "createdAt", tried_at as "triedAt"
     from webhook_delivery where webhook_id = $1 and ($2::text is null or state = $2) and ($4::bigint is null or number < $4)
     order by number desc limit $3`,
    [webhookId, state, limit + 1, before],
  );
  return found.map((row) => ({
    ...row,
    position: row.id,
    nextTryAt: row.nextTryAt === null ? null : new Date(row.nextTryAt),
    createdAt: new Date(row.createdAt),
    triedAt: row.triedAt === null ? null : new Date(row.triedAt),
  }));
}

export interface Backlog {
  webhookId: string;
  waiting: number;
  dead: number;
  /** Of the delivery that has waited longest. */
  oldestSeconds: number;
}

/** What waits and what is dead, of each webhook that has some. */
export function findBacklogs(em: Transaction): Promise<Backlog[]> {
  return rows<Backlog>(
    em,
    `select webhook_id as "webhookId", count(*) filter (where state = 'WAITING')::int as waiting, count(*) filter (where state = 'DEAD')::int as dead,
       coalesce(extract(epoch from clock_timestamp() - min(created_at) filter (where state = 'WAITING')), 0)::float8 as "oldestSeconds"
     from webhook_delivery where state in ('WAITING', 'DEAD') group by 1`,
  );
}

/** Removes so many at most of what was delivered before this instant, and of what belongs to no webhook any more. Resolves to how many. */
export async function removeDelivered(transaction: Transaction, before: Date, limit: number): Promise<number> {
  const removed = await rows(
    transaction,
    `delete from webhook_delivery where ctid = any(array(select ctid from webhook_delivery
       where (state = 'DELIVERED' and created_at < $1) or webhook_id not in (select id from webhook) limit $2)) returning 1`,
    [before, limit],
  );
  return removed.length;
}
