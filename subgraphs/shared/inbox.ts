import type { Carrier, Delivery, Stop } from './carrier.ts';
import { type Database, type MigrationStep, type Transaction, rows, sqlState } from './database.ts';
import type { EventEnvelope, Seal } from './events.ts';
import type { Log } from './log.ts';

/**
 * At least once from the carrier, applied once per (source, id): the inbox row and all effects of an event commit together, and only then is
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

/** Applies new events in one transaction. What it returns runs once that has committed. */
export type Apply = (transaction: Transaction, events: EventEnvelope[]) => Promise<() => void>;

export interface Inbox {
  /** Applies events that came by another door than the carrier, for example from a trusted service. Resolves to the new ones. */
  accept(transaction: Transaction, events: EventEnvelope[]): Promise<{ fresh: EventEnvelope[]; committed: () => void }>;
  stop: Stop;
}

/** An event is tried this often, 0.1 s, 0.4 s, 1.6 s and 6.4 s after the failure before, until it waits for an operator. */
const attemptsAtMost = 5;
const pauseSeconds = (attempts: number): number | null =>
  attempts < attemptsAtMost ? 0.1 * 4 ** (attempts - 1) : null;

/** Starts to consume the streams of these sources as one group. */
export function startInbox(
  database: Database,
  carrier: Carrier,
  seal: Seal,
  group: string,
  sources: string[],
  apply: Apply,
  log: Log,
): Inbox {
  const accept = async (transaction: Transaction, events: EventEnvelope[]) => {
    const fresh = await enter(transaction, events);
    return { fresh, committed: fresh.length > 0 ? await apply(transaction, fresh) : () => {} };
  };
  const applyAll = async (events: EventEnvelope[]) => {
    const { committed } = await database.transaction((transaction) => accept(transaction, events));
    committed();
  };
  const handle = async (source: string, batch: Delivery[]) => {
    const events: EventEnvelope[] = [];
    const sealedOf = new Map<EventEnvelope, string>();
    for (const delivery of batch)
      try {
        const envelope = seal.open(source, delivery.sealed);
        events.push(envelope);
        sealedOf.set(envelope, delivery.sealed);
      } catch (error) {
        // Neither a further try nor an operator can make it genuine.
        await setAside(database, source, delivery.position, delivery.sealed, error, attemptsAtMost, log);
      }
    try {
      if (events.length > 0) await applyAll(events);
    } catch (error) {
      if (isAway(error)) throw error;
      log.warn(
        { error: String(error), source, events: events.length },
        'a batch failed: its events are tried one by one',
      );
      for (const envelope of events)
        await applyAll([envelope]).catch(async (reason: unknown) => {
          if (isAway(reason)) throw reason;
          await setAside(database, source, envelope.id, sealedOf.get(envelope)!, reason, 1, log);
        });
    }
  };
  const stops = sources.map((source) =>
    carrier.consume(source, group, (batch) =>
      handle(source, batch).catch((error: unknown) => {
        log.warn(
          { error: String(error), source, events: batch.length },
          'a batch could not be applied and comes again',
        );
        throw error;
      }),
    ),
  );
  stops.push(startRetries(database, seal, applyAll, log));
  return { accept, stop: async () => void (await Promise.all(stops.map((stop) => stop()))) };
}

/** Enters events and returns those that were not there, in their order. */
async function enter(transaction: Transaction, events: EventEnvelope[]): Promise<EventEnvelope[]> {
  const entered = await rows<{ source: string; event_id: string }>(
    transaction,
    `insert into inbox (source, event_id) select * from unnest($1::text[], $2::text[]) t(source, event_id) order by 1, 2
     on conflict do nothing returning source, event_id`,
    [events.map((event) => event.source), events.map((event) => event.id)],
  );
  const isNew = new Set(entered.map((row) => `${row.source} ${row.event_id}`));
  // An id that stands twice in the batch is new once.
  return events.filter((event) => isNew.delete(`${event.source} ${event.id}`));
}

/** A database that is away, starting, stopping or short of something is not the event's fault: the batch comes again, however long it takes. */
function isAway(error: unknown): boolean {
  const isServerTrouble = /^(08|40|53|57P|E[A-Z])/.test(sqlState(error) ?? '');
  return isServerTrouble || /connection (terminated|error|timeout)|timeout exceeded/i.test(String(error));
}

async function setAside(
  database: Database,
  source: string,
  eventId: string,
  sealed: string,
  error: unknown,
  attempts: number,
  log: Log,
): Promise<void> {
  log.error({ error: String(error), source, eventId, attempts }, 'an event is set aside');
  const text = (value: string, length: number) => value.replaceAll('\0', '\uFFFD').slice(0, length);
  await rows(
    database.fork(),
    `insert into dead_letter (source, event_id, sealed, error, attempts, next_try_at)
     values ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6))
     on conflict (source, event_id) do update set error = excluded.error, last_failed_at = clock_timestamp()`,
    [source, text(eventId, 200), text(sealed, 1_000_000), text(String(error), 2000), attempts, pauseSeconds(attempts)],
  );
}

interface DeadLetter {
  id: string;
  source: string;
  sealed: string;
  attempts: number;
}

/** Tries events that were set aside again when their time has come; one that succeeds leaves in the transaction of its effects or right after. */
function startRetries(
  database: Database,
  seal: Seal,
  applyAll: (events: EventEnvelope[]) => Promise<void>,
  log: Log,
): Stop {
  const retry = async () => {
    const due = await rows<DeadLetter>(
      database.fork(),
      `update dead_letter set next_try_at = clock_timestamp() + interval '30 seconds'
       where id in (select id from dead_letter where next_try_at <= clock_timestamp() order by next_try_at limit 100 for update skip locked)
       returning id, source, sealed, attempts`,
    );
    for (const letter of due)
      try {
        await applyAll([seal.open(letter.source, letter.sealed)]);
        await rows(database.fork(), 'delete from dead_letter where id = $1', [letter.id]);
        log.info({ source: letter.source, letter: letter.id }, 'an event that was set aside is applied');
      } catch (error) {
        const attempts = letter.attempts + 1;
        await rows(
          database.fork(),
          `update dead_letter set attempts = $2, error = $3, last_failed_at = clock_timestamp(),
             next_try_at = clock_timestamp() + make_interval(secs => $4) where id = $1`,
          [letter.id, attempts, String(error).slice(0, 2000), pauseSeconds(attempts)],
        );
      }
  };
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= retry()
      .catch((error: unknown) => log.debug({ error: String(error) }, 'retries wait'))
      .finally(() => (running = undefined));
  }, 250);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
