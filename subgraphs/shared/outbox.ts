import { defineEntity, p } from '@mikro-orm/postgresql';
import { type MigrationStep, type Transaction, rows } from './database.ts';
import { type EventEnvelope, awaitedBy } from './events.ts';

/**
 * An event is stored in the transaction of its cause and leaves the outbox only when every consuming room has confirmed it. The relay may
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
    /** Rooms that have not confirmed yet. */
    awaiting: p.array(),
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
  await rows(
    transaction,
    `insert into outbox (envelope, awaiting) select e, string_to_array(a, ',') from unnest($1::text[], $2::text[]) t(e, a)`,
    [events.map((event) => JSON.stringify(event)), events.map((event) => awaitedBy(event).join())],
  );
}
