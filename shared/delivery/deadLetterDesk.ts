import type { Database, Transaction } from '../database/database.ts';
import { type DeadLetter, type Note, countDeadLetters, findDeadLetters } from './deadLetters.ts';
import type { Acting } from '../subgraph/operators.ts';
import { Refusal } from '../errors.ts';
import type { AuditEntry } from '../events.ts';
import type { Inbox } from './inbox.ts';
import { type Connection, connectionOf, pageOf } from '../subgraph/paging.ts';
import { acceptedReason } from '../subgraph/reason.ts';
import { cut } from '../text.rules.ts';

/** A letter as operators see it. */
export interface ListedLetter extends DeadLetter {
  position: string;
  /** The beginning of what came. */
  preview: string;
}

/** Where operators look through a subgraph's dead letters. Who may come here is for the subgraph to say. */
export interface DeadLetterDesk {
  /** The last one set aside first. Throws BAD_USER_INPUT. */
  list(asked: { first?: number | null; after?: string | null }): Promise<Connection<ListedLetter>>;
  count(): Promise<number>;
  /** True: the event is applied. False: it failed again. Throws NOT_FOUND. */
  replay(by: Acting, id: string): Promise<boolean>;
  /** Gives the event up for good. Throws NOT_FOUND, and BAD_USER_INPUT for a reason that is none. */
  discard(by: Acting, id: string, reason: string): Promise<true>;
}

interface Settings {
  /** The name of the list, in its cursors: each subgraph has its own. */
  list: string;
  database: Database;
  letters: Inbox['deadLetters'];
  /** How this subgraph adds to the audit log, in the transaction of what it tells. */
  record(transaction: Transaction, entry: AuditEntry, now: Date): Promise<void>;
}

export function openDeadLetterDesk({ list, database, letters, record }: Settings): DeadLetterDesk {
  const noteOf =
    ({ now, ...by }: Acting, reason: string | null): Note =>
    (transaction, { id, source, eventId }, became) => {
      const changes = [{ field: 'event', before: 'set aside', after: became }];
      const target = { targetId: id, targetName: `${source} ${eventId}` };
      return record(transaction, { ...by, ...target, reason, changes, outcome: 'DONE' }, now);
    };
  return {
    async list(asked) {
      const page = pageOf(list, asked);
      const found = await findDeadLetters(database.fork(), page.limit, page.before);
      return connectionOf(list, page, found.map(listed));
    },
    count: () => countDeadLetters(database.fork()),
    replay: async (by, id) => letters.replay(numberOf(id), noteOf(by, null)),
    async discard(by, id, reason) {
      await letters.discard(numberOf(id), noteOf(by, acceptedReason(reason)));
      return true;
    },
  };
}

const listed = (letter: DeadLetter): ListedLetter => ({
  ...letter,
  position: letter.id,
  preview: cut(letter.sealed, 1000),
});

/** An id that no row can have is like one that no row has. */
function numberOf(id: string): string {
  if (!/^\d{1,18}$/.test(id)) throw new Refusal('NOT_FOUND', 'There is no such dead letter.');
  return id;
}
