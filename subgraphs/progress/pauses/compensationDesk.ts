import { sendAuditEntry } from '../../../shared/delivery/auditEntries.ts';
import type { Database } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import type { Acting } from '../../../shared/subgraph/operators.ts';
import { type Connection, connectionOf, pageOf } from '../../../shared/subgraph/paging.ts';
import { acceptedReason } from '../../../shared/subgraph/reason.ts';
import { type Compensation, findCompensations, saveCompensation } from './compensationStore.ts';
import { faultOf } from './newPause.rules.ts';

export type ListedCompensation = Compensation & { position: string };

interface Wanted {
  from: Date;
  to: Date;
  reason: string;
  idempotencyKey: string;
  isDryRun: boolean;
}

/** What operators may do with compensations. */
export interface CompensationDesk {
  list(asked: { first?: number | null; after?: string | null }): Promise<Connection<ListedCompensation>>;
  /** The same key again is the same compensation. Throws BAD_USER_INPUT, and CONFLICT for a key that was used for another one. */
  start(by: Acting, wanted: Wanted): Promise<ListedCompensation>;
}

const listed = (one: Compensation): ListedCompensation => ({ ...one, position: one.id });
const validKey = /^[\x21-\x7e]{1,100}$/;

export function openCompensationDesk(database: Database, wake: () => void): CompensationDesk {
  return {
    async list(asked) {
      const page = pageOf('compensations', asked, /^[\da-f-]{36}$/);
      const found = await findCompensations(database.fork(), page.limit, page.before);
      return connectionOf('compensations', page, found.map(listed));
    },
    async start({ now, ...by }, { from, to, reason: given, idempotencyKey, isDryRun }) {
      const reason = acceptedReason(given);
      if (!validKey.test(idempotencyKey))
        throw new Refusal('BAD_USER_INPUT', 'idempotencyKey takes 1 to 100 printable characters without spaces.');
      const fault = faultOf(from.getTime(), to.getTime(), now.getTime());
      if (fault) throw new Refusal('BAD_USER_INPUT', fault);
      if (to > now)
        throw new Refusal('BAD_USER_INPUT', 'to lies in the future: what is not over is paused by pauseQuests.');
      const wanted = { startsAt: from, endsAt: to, reason, operatorId: by.actorId, isDryRun, idempotencyKey };
      const started = await database.transaction(async (transaction) => {
        const { row: saved, isNew } = await saveCompensation(transaction, wanted, now);
        if (!isNew) {
          const isSame = +saved.startsAt === +from && +saved.endsAt === +to && saved.reason === reason;
          if (!isSame) throw new Refusal('CONFLICT', 'This key was used for another compensation.');
          // One that had failed goes on where it was.
          if (saved.state === 'FAILED') transaction.assign(saved, { state: 'RUNNING', error: null });
          return saved;
        }
        const changes = [
          { field: 'from', before: null, after: from.toISOString() },
          { field: 'to', before: null, after: to.toISOString() },
        ];
        const entry = { ...by, targetId: saved.id, targetName: null, reason, changes, outcome: 'DONE' } as const;
        await sendAuditEntry(transaction, 'progress', entry, now);
        return saved;
      });
      wake();
      return listed(started);
    },
  };
}
