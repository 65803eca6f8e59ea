import { setTimeout as sleep } from 'node:timers/promises';
import { CircuitBreaker } from '../process/circuitBreaker.ts';
import { type Transaction, isAway, rows } from './database.ts';
import { StartRefusal } from '../process/environment.ts';
import type { Log } from '../process/log.ts';

/** The same tables at the primary and at a streaming replica. */
export interface Readable {
  fork(): Transaction;
}

/** A read waits so long for the replica to come to where the primary was, looks this often, and gives up a server that does not answer. */
const [catchUpMs, lookMs, answerMs] = [200, 10, 1000];

class Behind extends Error {}

/**
 * Reads from a replica, which is first let come to where the primary is: whatever was committed before the read began, by whichever process, is in
 * it. Where that takes too long, or the replica is away, the primary is read, and the replica left alone for a second.
 */
export function readsBy<At extends Readable>(
  primary: At,
  replica: At,
  log: Log,
): <T>(work: (at: At) => Promise<T>) => Promise<T> {
  const breaker = new CircuitBreaker({ failures: 1, pauseMs: 1000 });
  return async (work) => {
    if (breaker.isAtRest()) return work(primary);
    breaker.pass();
    try {
      await inTime(catchUp(primary, replica), answerMs);
      const result = await work(replica);
      if (breaker.answered()) log.info('the replica is read again');
      return result;
    } catch (error) {
      const isUnfit = error instanceof Behind || isAway(error);
      if (!isUnfit) breaker.abandoned();
      else if (breaker.failed()) log.warn({ error: String(error) }, 'the primary is read in place of the replica');
      if (!isUnfit) throw error;
      return work(primary);
    }
  };
}

async function catchUp(primary: Readable, replica: Readable): Promise<void> {
  const [here] = await rows<{ position: string }>(
    primary.fork(),
    'select pg_current_wal_flush_lsn()::text as position',
  );
  for (const end = performance.now() + catchUpMs; ; await sleep(lookMs)) {
    const [there] = await rows<{ isReplica: boolean; isThere: boolean }>(
      replica.fork(),
      'select pg_is_in_recovery() as "isReplica", pg_last_wal_replay_lsn() >= $1::pg_lsn as "isThere"',
      [here!.position],
    );
    if (!there!.isReplica) throw new Behind('it is no replica');
    if (there!.isThere) return;
    if (performance.now() > end) throw new Behind(`it is more than ${catchUpMs} ms behind`);
  }
}

async function inTime(work: Promise<void>, ms: number): Promise<void> {
  work.catch(() => undefined);
  const leaving = new AbortController();
  const late = sleep(ms, undefined, { signal: leaving.signal }).then(() => {
    throw new Behind(`it has not answered within ${ms} ms`);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    late.catch(() => undefined);
    leaving.abort();
  }
}

/** Throws StartRefusal when the two have nothing to do with each other. A replica that is away may come back. */
export async function refuseStranger(primary: Readable, replica: Readable, subgraph: string, log: Log): Promise<void> {
  const identityOf = async (at: Readable) =>
    (
      await rows<{ identity: string }>(
        at.fork(),
        `select system_identifier || ' ' || current_database() as identity from pg_control_system()`,
      )
    )[0]!.identity;
  const [here, there] = await Promise.all([
    identityOf(primary),
    identityOf(replica).catch((error: unknown) => {
      log.warn({ error: String(error) }, 'the replica cannot be read; the primary is');
      return undefined;
    }),
  ]);
  if (there !== undefined && there !== here)
    throw new StartRefusal(
      `DATABASE_READ_URL of ${subgraph} names no replica of its database.`,
      'Set it to a streaming replica of DATABASE_URL, or leave it out.',
    );
}
