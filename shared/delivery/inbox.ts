import type { Carrier, Delivery, Stop } from './carrier.ts';
import { type Database, type MigrationStep, type Transaction, isAway, rows } from '../database/database.ts';
import { type DeadLetters, attemptsAtMost, setAside, startDeadLetters } from './deadLetters.ts';
import { type EventEnvelope, type Seal, awaitedBy } from '../events.ts';
import { failpoint } from '../process/failpoint.ts';
import { applyTraced } from './tracedEvents.ts';
import { type LeaseTimes, startLeases } from './leases.ts';
import type { Log } from '../process/log.ts';
import { sourceOf, streamsOf, usualPartitions } from './partitions.ts';
import { isUuid } from '../uuid.rules.ts';

/**
 * At least once from the carrier, applied once per user, source and id: the inbox row and all effects of an event commit together, and only then is
 * the event confirmed. An event that fails is set aside in `dead_letter`, so it is never lost and never holds up the others.
 */
export const inboxMigration: MigrationStep = {
  name: 'shared-002-inbox',
  statements: [
    'create table inbox (source text, event_id text, primary key (source, event_id))',
    `create table dead_letter (
      id bigint generated always as identity primary key,
      source text not null,
      event_id text not null,
      sealed text not null,
      error text not null,
      attempts int not null,
      next_try_at timestamptz,
      first_failed_at timestamptz not null default clock_timestamp(),
      last_failed_at timestamptz not null default clock_timestamp(),
      unique (source, event_id))`,
    'create index dead_letter_due on dead_letter (next_try_at) where next_try_at is not null',
  ],
};

/** In the inbox, of an event about no user. */
const nobody = '00000000-0000-0000-0000-000000000000';

/**
 * The inbox by user: one id reported of two users is two events. `fill` says of the subgraph's own entries whose they are. The day on which an event
 * came is there to remove it by, once its id cannot come again.
 */
export const inboxByUser = (fill: readonly string[] = []): MigrationStep => ({
  name: 'shared-003-inbox-by-user',
  statements: [
    `alter table inbox add column user_id uuid not null default '${nobody}',
       add column received_on date not null default (now() at time zone 'UTC')::date, drop constraint inbox_pkey`,
    ...fill,
    'alter table inbox add primary key (user_id, source, event_id)',
    'create index inbox_by_day on inbox (received_on)',
  ],
});

/** Applies new events in one transaction. What it returns runs once that has committed. */
export type Apply = (transaction: Transaction, events: EventEnvelope[]) => Promise<() => void>;

export interface Inbox {
  /** Applies events that came by another door than the carrier, for example from a trusted service. Resolves to the new ones. */
  accept(transaction: Transaction, events: EventEnvelope[]): Promise<{ fresh: EventEnvelope[]; committed: () => void }>;
  deadLetters: Pick<DeadLetters, 'replay' | 'discard'>;
  stop: Stop;
}

/** Starts to consume the streams of these sources as one group, each process of the subgraph its share of them. */
export function startInbox(
  database: Database,
  carrier: Carrier,
  seal: Seal,
  group: string,
  sources: string[],
  apply: Apply,
  log: Log,
  { partitions = usualPartitions, leases: times }: { partitions?: number; leases?: LeaseTimes } = {},
): Inbox {
  const accept = async (transaction: Transaction, events: EventEnvelope[]) => {
    const fresh = await enter(transaction, events);
    failpoint('inbox.afterInsert');
    return { fresh, committed: fresh.length > 0 ? await apply(transaction, fresh) : () => {} };
  };
  const applyAll = (events: EventEnvelope[]) => applyTraced(events, () => applyOnce(events));
  const applyOnce = async (events: EventEnvelope[]) => {
    const { committed } = await database.transaction(async (transaction) => {
      const accepted = await accept(transaction, events);
      failpoint('inbox.beforeCommit');
      return accepted;
    });
    failpoint('inbox.beforeNotify');
    committed();
    failpoint('inbox.afterCommit');
  };
  const handle = async (batch: Delivery[]) => {
    failpoint('inbox.afterRead');
    const source = sourceOf(batch[0]!.stream);
    const events: EventEnvelope[] = [];
    const sealedOf = new Map<EventEnvelope, string>();
    for (const delivery of batch)
      try {
        const envelope = seal.open(source, delivery.sealed);
        // What is for other subgraphs is confirmed like the rest, and nobody waits for that.
        if (!awaitedBy(envelope).includes(group)) continue;
        events.push(envelope);
        sealedOf.set(envelope, delivery.sealed);
      } catch (error) {
        // Neither a further try nor an operator can make it genuine.
        const letter = { source, eventId: `${delivery.stream} ${delivery.position}`, sealed: delivery.sealed };
        await setAside(database, letter, error, attemptsAtMost, log);
      }
    try {
      if (events.length > 0) await applyAll(events);
    } catch (error) {
      // That is not the events' fault: they come again, however long it takes.
      if (isAway(error)) throw error;
      log.warn(
        { error: String(error), source, events: events.length },
        'a batch failed: its events are tried one by one',
      );
      for (const envelope of events)
        await applyAll([envelope]).catch(async (reason: unknown) => {
          if (isAway(reason)) throw reason;
          await setAside(database, { source, eventId: envelope.id, sealed: sealedOf.get(envelope)! }, reason, 1, log);
        });
    }
  };
  const stops = sources.map((source) => {
    const share = startLeases(database, `${source} to ${group}`, streamsOf(source, partitions), log, times);
    const stop = carrier.consume(share, group, (batch) =>
      handle(batch).catch((error: unknown) => {
        log.warn(
          { error: String(error), source, events: batch.length },
          'a batch could not be applied and comes again',
        );
        throw error;
      }),
    );
    return async () => {
      await stop();
      await share.stop();
    };
  });
  const deadLetters = startDeadLetters(database, seal, applyAll, isAway, log);
  stops.push(() => deadLetters.stop());
  return { accept, deadLetters, stop: async () => void (await Promise.all(stops.map((stop) => stop()))) };
}

/** Enters events and returns those that were not there, in their order. */
async function enter(transaction: Transaction, events: EventEnvelope[]): Promise<EventEnvelope[]> {
  const users = events.map(userOf);
  const entered = await rows<{ user_id: string; source: string; event_id: string }>(
    transaction,
    `insert into inbox (user_id, source, event_id) select * from unnest($1::uuid[], $2::text[], $3::text[]) order by 1, 2, 3
     on conflict do nothing returning user_id, source, event_id`,
    [users, events.map((event) => event.source), events.map((event) => event.id)],
  );
  const isNew = new Set(entered.map((row) => `${row.user_id} ${row.source} ${row.event_id}`));
  // An id that stands twice in the batch is new once.
  return events.filter((event, n) => isNew.delete(`${users[n]} ${event.source} ${event.id}`));
}

/** As PostgreSQL writes it, so that it is found again. Throws for what is no id of a user. */
function userOf({ type, userId }: EventEnvelope): string {
  if (userId === null) return nobody;
  if (!isUuid(userId)) throw new Error(`${type} names a user by what is no id: ${userId.slice(0, 100)}`);
  return userId.toLowerCase();
}

/** Removes so many at most of the entries of events that came before this day in UTC. Resolves to how many there were. */
export async function removeEntries(transaction: Transaction, before: Date, limit: number): Promise<number> {
  const removed = await rows(
    transaction,
    `delete from inbox where ctid = any(array(select ctid from inbox where received_on < ($1::timestamptz at time zone 'UTC')::date limit $2))
     returning 1`,
    [before, limit],
  );
  return removed.length;
}
