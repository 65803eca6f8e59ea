import { sendAuditEntry } from '../../../shared/delivery/auditEntries.ts';
import type { Database, Transaction } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import type { Change } from '../../../shared/events.ts';
import { timeOrderedId } from '../../../shared/ids.ts';
import type { Acting } from '../../../shared/subgraph/operators.ts';
import { type Connection, connectionOf, pageOf } from '../../../shared/subgraph/paging.ts';
import { isUuid } from '../../../shared/uuid.rules.ts';
import { type Delivery, type DeliveryState, findBacklogs, findDeliveries, reviveDead } from './deliveryStore.ts';
import { newKey } from './signature.ts';
import { type TargetSettings, targetFault } from './target.ts';
import {
  type Webhook,
  changeKey,
  changeWebhook,
  findWebhooks,
  removeWebhook,
  saveWebhook,
  takeWebhook,
} from './webhookStore.ts';

/** More would be sent to than one looks after. */
const webhooksAtMost = 50;
const idsAtMost = 100;
const overlapHoursAtMost = 168;

/** With the key that its deliveries are signed by, which is told this once. */
export interface WithKey {
  webhook: ListedWebhook;
  signingKey: string;
}

export interface ListedWebhook extends Omit<Webhook, 'keys'> {
  waiting: number;
  deadLetters: number;
}

export interface Wanted {
  url: string;
  types: readonly string[];
  description: string;
}

/** What operators may do with webhooks. A reason that is given is a checked one. */
export interface WebhookDesk {
  list(): Promise<ListedWebhook[]>;
  /** Throws NOT_FOUND, BAD_USER_INPUT. */
  deliveries(
    webhookId: string,
    state: DeliveryState | null,
    asked: { first?: number | null; after?: string | null },
  ): Promise<Connection<Delivery>>;
  /** Throws BAD_USER_INPUT, and CONFLICT when there are as many as there may be. */
  create(by: Acting, wanted: Wanted, reason: string | null): Promise<WithKey>;
  /** What is not named stays. Throws NOT_FOUND, BAD_USER_INPUT. */
  change(
    by: Acting,
    id: string,
    changes: Partial<Wanted> & { enabled?: boolean },
    reason: string | null,
  ): Promise<ListedWebhook>;
  /** Throws NOT_FOUND, BAD_USER_INPUT. */
  rotate(by: Acting, id: string, overlapHours: number, reason: string | null): Promise<WithKey>;
  /** Throws NOT_FOUND. */
  remove(by: Acting, id: string, reason: string): Promise<true>;
  /** Dead letters with these ids, or all; resolves to how many there were. Throws NOT_FOUND, BAD_USER_INPUT. */
  resend(by: Acting, id: string, ids: readonly string[] | null): Promise<number>;
}

interface Settings {
  database: Database;
  targets: Pick<TargetSettings, 'allowPrivate'>;
  /** There is something to send. */
  wake(): void;
}

export function openWebhookDesk({ database, targets, wake }: Settings): WebhookDesk {
  const record = (
    transaction: Transaction,
    { now, ...by }: Acting,
    { id, url }: Pick<Webhook, 'id' | 'url'>,
    reason: string | null,
    changes: Change[],
  ) =>
    sendAuditEntry(
      transaction,
      'progress',
      { ...by, targetId: id, targetName: url, reason, changes, outcome: 'DONE' },
      now,
    );
  /** Works at one webhook, which is held meanwhile, and tells of it. */
  const changed = async <T>(
    id: string,
    work: (transaction: Transaction, webhook: Webhook) => Promise<T>,
  ): Promise<T> => {
    const result = await database.transaction(async (transaction) => {
      const webhook = isUuid(id) ? await takeWebhook(transaction, id) : undefined;
      if (!webhook) throw notThere();
      return work(transaction, webhook);
    });
    wake();
    return result;
  };
  const listed = async (...webhooks: Webhook[]): Promise<ListedWebhook[]> => {
    const backlogs = new Map((await findBacklogs(database.fork())).map((one) => [one.webhookId, one]));
    return webhooks.map(({ keys: _, ...webhook }) => {
      const { waiting = 0, dead = 0 } = backlogs.get(webhook.id) ?? {};
      return { ...webhook, waiting, deadLetters: dead };
    });
  };
  const checked = ({ url, types, description }: Wanted): Wanted => {
    const fault =
      targetFault(url, targets) ?? (types.length === 0 ? 'A webhook has at least one type of event.' : null);
    if (fault) throw new Refusal('BAD_USER_INPUT', fault);
    const text = description.trim();
    if (!text.isWellFormed() || !/^[^\p{Cc}]{0,200}$/u.test(text))
      throw new Refusal('BAD_USER_INPUT', 'description takes up to 200 characters, all on one line.');
    return { url: new URL(url).href, types: [...new Set(types)].sort(), description: text };
  };
  return {
    list: async () => listed(...(await findWebhooks(database.fork()))),
    async deliveries(webhookId, state, asked) {
      const page = pageOf('webhook-deliveries', asked);
      const em = database.fork();
      const isThere = (await findWebhooks(em)).some(({ id }) => id === webhookId.toLowerCase());
      if (!isThere) throw notThere();
      const found = await findDeliveries(em, webhookId, state, page.limit, page.before);
      return connectionOf('webhook-deliveries', page, found);
    },
    async create(by, wanted, reason) {
      const signingKey = newKey();
      const asked = checked(wanted);
      const made = await database.transaction(async (transaction) => {
        const webhook = { id: timeOrderedId(), ...asked, createdAt: by.now };
        const saved = await saveWebhook(transaction, webhook, signingKey, webhooksAtMost);
        if (!saved) throw new Refusal('CONFLICT', `There are ${webhooksAtMost} webhooks, and no more than that.`);
        await record(transaction, by, saved, reason, differences(undefined, saved));
        return saved;
      });
      wake();
      return { webhook: (await listed(made))[0]!, signingKey };
    },
    async change(by, id, { enabled, ...changes }, reason) {
      const after = await changed(id, async (transaction, before) => {
        const disabledFor =
          enabled === undefined ? before.disabledFor : enabled ? null : (before.disabledFor ?? 'OPERATOR');
        const wanted = { ...checked({ ...before, ...changes }), disabledFor };
        const after = await changeWebhook(transaction, before.id, wanted);
        await record(transaction, by, after, reason, differences(before, after));
        return after;
      });
      return (await listed(after))[0]!;
    },
    async rotate(by, id, overlapHours, reason) {
      if (overlapHours < 0 || overlapHours > overlapHoursAtMost)
        throw new Refusal('BAD_USER_INPUT', `overlapHours takes a number from 0 to ${overlapHoursAtMost}.`);
      const signingKey = newKey();
      const after = await changed(id, async (transaction, before) => {
        const after = await changeKey(transaction, before.id, signingKey, overlapHours);
        const until = after.previousKeyUntil?.toISOString() ?? null;
        await record(transaction, by, after, reason, [
          { field: 'key', before: null, after: 'rotated' },
          { field: 'previous key until', before: null, after: until },
        ]);
        return after;
      });
      return { webhook: (await listed(after))[0]!, signingKey };
    },
    async remove(by, id, reason) {
      await changed(id, async (transaction, webhook) => {
        await removeWebhook(transaction, webhook.id);
        await record(transaction, by, webhook, reason, [{ field: 'webhook', before: webhook.url, after: null }]);
      });
      return true;
    },
    async resend(by, id, ids) {
      if (ids && (ids.length === 0 || ids.length > idsAtMost))
        throw new Refusal('BAD_USER_INPUT', `ids takes 1 to ${idsAtMost} of them, or null for all.`);
      // An id that no row can have is like one that no row has.
      const numbers = ids && ids.filter((one) => /^\d{1,18}$/.test(one));
      return changed(id, async (transaction, webhook) => {
        const sent = await reviveDead(transaction, webhook.id, numbers);
        await record(transaction, by, webhook, null, [
          { field: 'dead letters', before: null, after: `${sent} sent again` },
        ]);
        return sent;
      });
    },
  };
}

const notThere = () => new Refusal('NOT_FOUND', 'There is no such webhook.');

function differences(before: Webhook | undefined, after: Webhook): Change[] {
  const told = (webhook: Webhook): Record<string, string> => ({
    url: webhook.url,
    types: webhook.types.join(' '),
    description: webhook.description,
    enabled: String(webhook.disabledFor === null),
  });
  const [was, is] = [before ? told(before) : {}, told(after)];
  return Object.keys(is)
    .filter((field) => was[field] !== is[field])
    .map((field) => ({ field, before: was[field] ?? null, after: is[field]! }));
}
