import { defineEntity, p } from '@mikro-orm/postgresql';
import { type MigrationStep, type Transaction, rows } from '../database/database.ts';
import { type EventEnvelope, awaitedBy } from '../events.ts';
import { hashOf } from './partitions.ts';
import { traceFor } from './tracedEvents.ts';
import { currentTrace } from '../process/tracing.ts';

/**
 * An event is stored in the transaction of its cause and leaves the outbox only when every consuming subgraph has confirmed it. The relay may
 * crash anywhere and the carrier may lose everything: the worst that follows is that an event is delivered again.
 */
export const OutboxRow = defineEntity({
  name: 'OutboxRow',
  tableName: 'outbox',
  properties: {
    /** Order of writing; gaps and late commits are normal. */
    number: p.bigint('string').primary().autoincrement(),
    /** JSON, as it is signed and sent. */
    envelope: p.text(),
    /** Subgraphs that have not confirmed yet. */
    awaiting: p.array(),
    /** Of the user, by which the row has its partition; null: about no user. */
    hash: p.integer().nullable(),
    /** Where the carrier holds it; null: not published. */
    position: p.string().nullable(),
    publishedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
});

// One index, and none on what the relay changes: a row is written three times in its short life, and each time as cheaply as can be.
export const outboxMigration: MigrationStep = {
  name: 'shared-001-outbox',
  statements: [
    `create table outbox (
      number bigint generated always as identity primary key,
      envelope text not null,
      awaiting text[] not null,
      position text,
      published_at timestamptz,
      created_at timestamptz not null default clock_timestamp(),
      check ((position is null) = (published_at is null))) with (fillfactor = 50)`,
  ],
};

/** Stores events beside their cause. They travel once the transaction has committed. */
export async function send(transaction: Transaction, events: readonly EventEnvelope[]): Promise<void> {
  if (events.length === 0) return;
  const inTrace = (event: EventEnvelope): EventEnvelope => {
    const traceparent = event.userId === null ? currentTrace() : traceFor(event.userId);
    return traceparent === undefined ? event : { ...event, traceparent };
  };
  await rows(
    transaction,
    `insert into outbox (envelope, awaiting, hash)
     select e, string_to_array(a, ','), h from unnest($1::text[], $2::text[], $3::int[]) t(e, a, h)`,
    [
      events.map((event) => JSON.stringify(inTrace(event))),
      events.map((event) => awaitedBy(event).join()),
      events.map(({ userId }) => userId && hashOf(userId)),
    ],
  );
}

/**
 * From which number on the outbox has to be read. Its rows are gone soon, and what costs is to read past the dead ones, of which there are
 * ever more until PostgreSQL has cleaned up. A transaction may commit after others that took their numbers later: what it wrote below the
 * floor is found at the next look.
 */
export function outboxFloor() {
  let [floor, before] = ['0', '0'];
  return {
    number: () => floor,
    async look(transaction: Transaction): Promise<void> {
      const [row] = await rows<{ lowest: string | null }>(transaction, 'select min(number) as lowest from outbox');
      const lowest = row?.lowest ?? before;
      // Not what is lowest now but what was lowest a look ago, so that a commit may be that late and still be seen at once.
      floor = BigInt(lowest) < BigInt(before) ? lowest : before;
      before = lowest;
    },
  };
}
