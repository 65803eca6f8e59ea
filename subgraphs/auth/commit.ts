import type { Database, Transaction } from '../../shared/database/database.ts';
import { failpoint } from '../../shared/process/failpoint.ts';

/** One transaction that may write events; they travel once it has committed. */
export type Commit = <T>(work: (transaction: Transaction) => Promise<T>) => Promise<T>;

export function committer(database: Database, wakeRelay: () => void): Commit {
  return async (work) => {
    failpoint('auth.beforeBegin');
    const result = await database.transaction(async (transaction) => {
      const made = await work(transaction);
      failpoint('auth.beforeCommit');
      return made;
    });
    failpoint('auth.afterCommit');
    wakeRelay();
    return result;
  };
}
