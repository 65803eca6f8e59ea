import { sendAuditEntry } from '../../../shared/delivery/auditEntries.ts';
import type { Database, Transaction } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import type { Acting } from '../../../shared/subgraph/operators.ts';
import { type Connection, connectionOf, pageOf } from '../../../shared/subgraph/paging.ts';
import { isUuid } from '../../../shared/uuid.rules.ts';
import type { Definitions } from '../definitions/definitions.rules.ts';
import {
  type Backfill,
  type BackfillState,
  backfillOf,
  findBackfills,
  lockBackfill,
  saveBackfills,
} from './backfillStore.ts';

export type ListedBackfill = Backfill & { position: string };

/** What operators may do with backfills. */
export interface BackfillDesk {
  list(asked: { first?: number | null; after?: string | null }): Promise<Connection<ListedBackfill>>;
  /** Throws NOT_FOUND, and CONFLICT when it is not in a state from which it can go there. */
  change(by: Acting, id: string, change: 'PAUSE' | 'RESUME' | 'STOP'): Promise<ListedBackfill>;
  /** Counts what publishing the quest as it is now would pay for the past, from another start when one is given. Throws NOT_FOUND. */
  preview(by: Acting, questId: string, startsAt: Date | null): Promise<ListedBackfill>;
}

interface Settings {
  database: Database;
  readDefinitions(em: Transaction): Promise<Definitions>;
  /** There is something to do, and something to send. */
  wake(): void;
}

const list = 'backfills';
const moves: Record<'PAUSE' | 'RESUME' | 'STOP', { from: BackfillState[]; to: BackfillState }> = {
  PAUSE: { from: ['RUNNING'], to: 'PAUSED' },
  RESUME: { from: ['PAUSED', 'FAILED'], to: 'RUNNING' },
  STOP: { from: ['RUNNING', 'PAUSED', 'FAILED'], to: 'STOPPED' },
};
const listed = (backfill: Backfill): ListedBackfill => ({ ...backfill, position: backfill.id });

export function openBackfillDesk({ database, readDefinitions, wake }: Settings): BackfillDesk {
  const record =
    ({ now, ...by }: Acting, { id, terms }: Backfill, before: string | null, after: string) =>
    (transaction: Transaction) =>
      sendAuditEntry(
        transaction,
        'progress',
        {
          ...by,
          targetId: id,
          targetName: terms.name,
          reason: null,
          changes: [{ field: 'state', before, after }],
          outcome: 'DONE',
        },
        now,
      );
  return {
    async list(asked) {
      const page = pageOf(list, asked);
      const found = await findBackfills(database.fork(), page.limit, page.before);
      return connectionOf(list, page, found.map(listed));
    },
    async change(by, id, change) {
      const changed = await database.transaction(async (transaction) => {
        const held = await lockBackfill(transaction, id);
        if (!held) throw new Refusal('NOT_FOUND', 'There is no such backfill.');
        const { from, to } = moves[change];
        const before = held.state;
        if (!from.includes(before)) throw new Refusal('CONFLICT', `The backfill is ${before.toLowerCase()}.`);
        transaction.assign(held, { state: to, error: null, updatedAt: by.now });
        await record(by, backfillOf(held), before, to)(transaction);
        return backfillOf(held);
      });
      wake();
      return listed(changed);
    },
    async preview(by, questId, startsAt) {
      const definitions = await readDefinitions(database.fork());
      const terms = isUuid(questId) ? definitions.byId.get(questId.toLowerCase())?.latest.terms : undefined;
      if (!terms) throw new Refusal('NOT_FOUND', 'There is no such quest here.');
      const asked = startsAt === null ? terms : { ...terms, startsAt: startsAt.toISOString() };
      const preview = await database.transaction(async (transaction) => {
        const [saved] = await saveBackfills(transaction, [{ terms: asked, mode: 'PREVIEW' }], by.now);
        await record(by, saved!, null, 'RUNNING')(transaction);
        return saved!;
      });
      wake();
      return listed(preview);
    },
  };
}
