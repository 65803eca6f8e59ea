import { type Transaction, rows } from '../../../shared/database/database.ts';

/** Where operators have events sent. */

export type Disabling = 'OPERATOR' | 'FAILING' | 'GONE';

export interface Webhook {
  id: string;
  url: string;
  description: string;
  /** quest.completed, reward.claimed ... */
  types: readonly string[];
  /** What its deliveries are signed by; a second one while keys are rotated. Nobody reads them but who signs. */
  keys: readonly string[];
  previousKeyUntil: Date | null;
  /** Null: it is enabled. */
  disabledFor: Disabling | null;
  /** Since when no attempt has succeeded; null: the last one has. */
  failingSince: Date | null;
  lastFault: string | null;
  createdAt: Date;
}

interface WebhookRow {
  id: string;
  url: string;
  description: string;
  types: string[];
  signing_key: string;
  previous_key: string | null;
  previous_key_until: string | null;
  disabled_for: Disabling | null;
  failing_since: string | null;
  last_fault: string | null;
  created_at: string;
}

const instant = (text: string | null) => (text === null ? null : new Date(text));
const inForce = 'previous_key_until > clock_timestamp()';
const columns = `id, url, description, types, signing_key, case when ${inForce} then previous_key end as previous_key,
  case when ${inForce} then previous_key_until end as previous_key_until, disabled_for, failing_since, last_fault, created_at`;

const webhookOf = (row: WebhookRow): Webhook => ({
  id: row.id,
  url: row.url,
  description: row.description,
  types: row.types,
  keys: row.previous_key === null ? [row.signing_key] : [row.signing_key, row.previous_key],
  previousKeyUntil: instant(row.previous_key_until),
  disabledFor: row.disabled_for,
  failingSince: instant(row.failing_since),
  lastFault: row.last_fault,
  createdAt: new Date(row.created_at),
});

/** The first registered first. */
export async function findWebhooks(em: Transaction): Promise<Webhook[]> {
  const found = await rows<WebhookRow>(em, `select ${columns} from webhook order by id`);
  return found.map(webhookOf);
}

/** Held until the transaction ends; undefined: it is not there. */
export async function takeWebhook(transaction: Transaction, id: string): Promise<Webhook | undefined> {
  const [row] = await rows<WebhookRow>(transaction, `select ${columns} from webhook where id = $1 for no key update`, [
    id,
  ]);
  return row && webhookOf(row);
}

export type NewWebhook = Pick<Webhook, 'id' | 'url' | 'description' | 'types' | 'createdAt'>;

/** Stores one that gets events from now on, unless there are `atMost`; undefined: there are. */
export async function saveWebhook(
  transaction: Transaction,
  { id, url, description, types, createdAt }: NewWebhook,
  key: string,
  atMost: number,
): Promise<Webhook | undefined> {
  await rows(transaction, 'lock table webhook in share row exclusive mode');
  const [row] = await rows<WebhookRow>(
    transaction,
    `insert into webhook (id, url, description, types, signing_key, created_at)
     select $1::uuid, $2, $3, string_to_array($4, ' '), $5, $6::timestamptz where (select count(*) from webhook) < $7::int returning ${columns}`,
    [id, url, description, types.join(' '), key, createdAt, atMost],
  );
  return row && webhookOf(row);
}

/** One that is enabled has not failed yet, whatever was before. */
export async function changeWebhook(
  transaction: Transaction,
  id: string,
  { url, description, types, disabledFor }: Pick<Webhook, 'url' | 'description' | 'types' | 'disabledFor'>,
): Promise<Webhook> {
  const [row] = await rows<WebhookRow>(
    transaction,
    `update webhook set url = $2, description = $3, types = string_to_array($4, ' '), disabled_for = $5,
       failing_since = case when $5::text is null and disabled_for is not null then null else failing_since end
     where id = $1 returning ${columns}`,
    [id, url, description, types.join(' '), disabledFor],
  );
  return webhookOf(row!);
}

/** Signs by a new key, and by the one of before until then. */
export async function changeKey(
  transaction: Transaction,
  id: string,
  key: string,
  overlapHours: number,
): Promise<Webhook> {
  const [row] = await rows<WebhookRow>(
    transaction,
    `update webhook set previous_key = signing_key, previous_key_until = clock_timestamp() + make_interval(hours => $3), signing_key = $2
     where id = $1 returning ${columns}`,
    [id, key, overlapHours],
  );
  return webhookOf(row!);
}

/** With everything that was sent to it, or waits to be. */
export async function removeWebhook(transaction: Transaction, id: string): Promise<void> {
  await rows(transaction, 'delete from webhook where id = $1', [id]);
  await rows(transaction, 'delete from webhook_delivery where webhook_id = $1', [id]);
}

/** Notes that an attempt has failed. Resolves to true when that disables the webhook: its target is gone, or has failed for too long. */
export async function saveFailure(
  em: Transaction,
  id: string,
  fault: string,
  isGone: boolean,
  atMostMs: number,
): Promise<boolean> {
  const changed = await rows<{ disabled: boolean }>(
    em,
    `update webhook set last_fault = $2, failing_since = coalesce(failing_since, clock_timestamp()), disabled_for = case
         when $3 then 'GONE' when failing_since < clock_timestamp() - make_interval(secs => $4) then 'FAILING' end
     where id = $1 and disabled_for is null returning disabled_for is not null as disabled`,
    [id, fault, isGone, atMostMs / 1000],
  );
  return changed.some(({ disabled }) => disabled);
}

/** Notes that an attempt has succeeded after others have failed. */
export async function saveRecovery(em: Transaction, id: string): Promise<void> {
  await rows(
    em,
    'update webhook set failing_since = null, last_fault = null where id = $1 and failing_since is not null',
    [id],
  );
}
