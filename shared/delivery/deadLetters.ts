import { Refusal } from '../errors.ts';
import type { Stop } from './carrier.ts';
import { type Database, type Transaction, rows } from '../database/database.ts';
import type { EventEnvelope, Seal } from '../events.ts';
import type { Log } from '../process/log.ts';
import { cut, storable } from '../text.rules.ts';

/**
 * An event that could not be applied is kept here and tried again, at last by an operator, so it is never lost and never holds up the others.
 * Its table is made by the inbox's migration.
 */
export interface DeadLetter {
  id: string;
  source: string;
  eventId: string;
  sealed: string;
  error: string;
  attempts: number;
  /** When it is tried again; null: an operator decides. */
  nextTryAt: Date | null;
  firstFailedAt: Date;
  lastFailedAt: Date;
}

/** An event is tried this often, 0.1 s, 0.4 s, 1.6 s and 6.4 s after the failure before, until it waits for an operator. */
export const attemptsAtMost = 5;
const pauseSeconds = (attempts: number): number | null =>
  attempts < attemptsAtMost ? 0.1 * 4 ** (attempts - 1) : null;

const text = (value: string, units: number) => cut(storable(value), units);

/**
 * Keeps an event that failed so many times. What was kept under its id before stays, unless that was something else and this can be tried
 * again: a forgery must not take the place of the event whose id it bears.
 */
export async function setAside(
  database: Database,
  letter: { source: string; eventId: string; sealed: string },
  error: unknown,
  attempts: number,
  log: Log,
): Promise<void> {
  const { source, eventId, sealed } = letter;
  log.error({ error: String(error), source, eventId: text(eventId, 200), attempts }, 'an event is set aside');
  await rows(
    database.fork(),
    `insert into dead_letter (source, event_id, sealed, error, attempts, next_try_at)
     values ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6))
     on conflict (source, event_id) do update set sealed = excluded.sealed, error = excluded.error, attempts = excluded.attempts,
       next_try_at = excluded.next_try_at, last_failed_at = excluded.last_failed_at
     where excluded.next_try_at is not null and dead_letter.sealed <> excluded.sealed`,
    [
      source,
      text(eventId, 200),
      storable(sealed.slice(0, 1_000_000)),
      text(String(error), 2000),
      attempts,
      pauseSeconds(attempts),
    ],
  );
}

const columns = `id, source, event_id as "eventId", sealed, error, attempts, next_try_at as "nextTryAt",
  first_failed_at as "firstFailedAt", last_failed_at as "lastFailedAt"`;
type Row = Omit<DeadLetter, 'nextTryAt' | 'firstFailedAt' | 'lastFailedAt'> & {
  nextTryAt: string | null;
  firstFailedAt: string;
  lastFailedAt: string;
};

const letterOf = (row: Row): DeadLetter => ({
  ...row,
  nextTryAt: row.nextTryAt === null ? null : new Date(row.nextTryAt),
  firstFailedAt: new Date(row.firstFailedAt),
  lastFailedAt: new Date(row.lastFailedAt),
});

/** The last one set aside first, one more than the limit when there are more. */
export async function findDeadLetters(em: Transaction, limit: number, before: string | null): Promise<DeadLetter[]> {
  const found = await rows<Row>(
    em,
    `select ${columns} from dead_letter where ($2::bigint is null or id < $2) order by id desc limit $1`,
    [limit + 1, before],
  );
  return found.map(letterOf);
}

export async function countDeadLetters(em: Transaction): Promise<number> {
  const [row] = await rows<{ n: number }>(em, 'select count(*)::int as n from dead_letter');
  return row!.n;
}

/** Notes what an operator did with a letter, in the transaction that does it. */
export type Note = (
  transaction: Transaction,
  letter: Pick<DeadLetter, 'id' | 'source' | 'eventId'>,
  became: 'applied' | 'failed again' | 'given up',
) => Promise<void>;

export interface DeadLetters {
  /** Tries an event now, however often it has failed. True: it is applied and gone. Throws NOT_FOUND. */
  replay(id: string, note: Note): Promise<boolean>;
  /** Gives an event up; what it was stays in the log. Throws NOT_FOUND. */
  discard(id: string, note: Note): Promise<void>;
  stop: Stop;
}

const notThere = () =>
  new Refusal('NOT_FOUND', 'There is no such dead letter; it may have been applied in the meantime.');

/** Tries events that were set aside again when their time has come; one that succeeds leaves right after its effects are committed. */
export function startDeadLetters(
  database: Database,
  seal: Seal,
  applyAll: (events: EventEnvelope[]) => Promise<void>,
  isAway: (error: unknown) => boolean,
  log: Log,
): DeadLetters {
  const attempt = async (letter: Row, note?: Note): Promise<boolean> => {
    const failure = await applyLetter(letter).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    await database.transaction(async (transaction) => {
      const changed = await (failure ? postpone(transaction, letter, failure.error) : remove(transaction, letter.id));
      // Of several who try at once, one has done it.
      if (changed.length > 0) await note?.(transaction, letter, failure ? 'failed again' : 'applied');
    });
    if (!failure)
      log.info({ source: letter.source, eventId: letter.eventId }, 'an event that was set aside is applied');
    return !failure;
  };
  const applyLetter = async ({ source, sealed }: Row) => applyAll([seal.open(source, sealed)]);
  const remove = (transaction: Transaction, id: string) =>
    rows<Row>(transaction, `delete from dead_letter where id = $1 returning ${columns}`, [id]);
  const postpone = (transaction: Transaction, letter: Row, error: unknown) => {
    // What the database could not do is not held against the event.
    const attempts = isAway(error) ? letter.attempts : letter.attempts + 1;
    return rows<Row>(
      transaction,
      `update dead_letter set attempts = $2, error = $3, last_failed_at = clock_timestamp(),
         next_try_at = clock_timestamp() + make_interval(secs => $4) where id = $1 returning ${columns}`,
      [letter.id, attempts, text(String(error), 2000), pauseSeconds(attempts)],
    );
  };
  const retry = async () => {
    const due = await rows<Row>(
      database.fork(),
      `update dead_letter set next_try_at = clock_timestamp() + interval '30 seconds'
       where id in (select id from dead_letter where next_try_at <= clock_timestamp() order by next_try_at limit 100 for update skip locked)
       returning ${columns}`,
    );
    for (const letter of due) await attempt(letter);
  };
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= retry()
      .catch((error: unknown) => log.debug({ error: String(error) }, 'retries wait'))
      .finally(() => (running = undefined));
  }, 250);
  return {
    async replay(id, note) {
      const [letter] = await rows<Row>(database.fork(), `select ${columns} from dead_letter where id = $1`, [id]);
      if (!letter) throw notThere();
      return attempt(letter, note);
    },
    async discard(id, note) {
      const letter = await database.transaction(async (transaction) => {
        const [removed] = await remove(transaction, id);
        if (!removed) throw notThere();
        await note(transaction, removed, 'given up');
        return removed;
      });
      log.warn(letter, 'an operator gave an event up');
    },
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
