import { isAway } from '../../../shared/database/database.ts';
import type { Log } from '../../../shared/process/log.ts';
import { type Rounds, startRounds } from '../../../shared/process/rounds.ts';

/** Something that is done for many players, one range of them after the other. */
export interface Job {
  id: string;
  /** The last player of the ranges that are done; null: none is. */
  afterUser: string | null;
}

export interface JobSettings {
  /** As it stands in the log. */
  name: string;
  /** Works at one range, in a transaction of its own. Calls `taken` with the job that it works at; resolves to false when there is none. */
  work(taken: (job: Job) => void): Promise<boolean>;
  /** Notes that the job has failed, and where. */
  fail(id: string, error: string): Promise<unknown>;
  log: Log;
  everyMs: number;
}

/**
 * Works at jobs until it is stopped. A process that dies leaves off where another goes on, and several processes work at several jobs. A job that
 * fails says at which players; one that the database is too far away for waits.
 */
export function startJobs({ name, work, fail, log, everyMs }: JobSettings): Rounds {
  /** True: there may be more to do. */
  const workOnce = async (): Promise<boolean> => {
    let current: Job | undefined;
    try {
      return await work((job) => (current = job));
    } catch (error) {
      if (!current || isAway(error)) {
        log.warn({ error: String(error) }, `${name}s wait for the database`);
        return false;
      }
      log.error({ error: String(error), [name]: current.id }, `a ${name} has failed`);
      const where = current.afterUser === null ? 'the first players' : `the players after ${current.afterUser}`;
      await fail(current.id, `At ${where}: ${String(error)}`.slice(0, 500)).catch(() => {});
      return true;
    }
  };
  return startRounds(workOnce, everyMs);
}
