import { type Transaction, rows } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import { timeOrderedId } from '../../../shared/ids.ts';
import { type Reward, balanceAtMost, isBalanced, paymentLines } from './ledger.rules.ts';

/** What is owed to a player, and for what. */
export type Due = { userId: string; rewards: readonly Reward[] } & ({ completionId: string } | { grantId: string });

/**
 * Pays completions and grants: payment, ledger lines and balances in the caller's transaction, which holds the locks of the players. Each has one
 * payment at most; the database refuses a second. Throws CONFLICT when a wallet would hold more than it can.
 */
export async function pay(transaction: Transaction, due: Due[], now: Date): Promise<void> {
  if (due.length === 0) return;
  const balances = await lockedBalances(transaction, [...new Set(due.map((one) => one.userId))]);
  const payments = due.map((one) => ({ completionId: null, grantId: null, ...one, paymentId: timeOrderedId() }));
  const changed = new Set<string>();
  const lines = payments.flatMap(({ paymentId, userId, rewards }) => {
    const written = paymentLines(rewards);
    if (!isBalanced(written)) throw new Error(`the payment ${paymentId} does not sum to zero`);
    return written.map((line) => {
      if (line.account !== 'PLAYER') return { ...line, paymentId, userId, balance: null };
      const key = `${userId} ${line.item}`;
      const balance = (balances.get(key) ?? 0) + line.amount;
      if (balance > balanceAtMost) throw new WalletIsFull(userId, line.item);
      balances.set(key, balance);
      changed.add(key);
      return { ...line, paymentId, userId, balance };
    });
  });
  await rows(
    transaction,
    `insert into payment (id, completion_id, grant_id, user_id, paid_at)
     select *, $5::timestamptz from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[])`,
    [
      payments.map((one) => one.paymentId),
      payments.map((one) => one.completionId),
      payments.map((one) => one.grantId),
      payments.map((one) => one.userId),
      now,
    ],
  );
  await rows(
    transaction,
    `insert into ledger_entry (payment_id, account, user_id, item, amount, balance, created_at)
     select *, $7::timestamptz from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[])`,
    [
      lines.map((line) => line.paymentId),
      lines.map((line) => line.account),
      lines.map((line) => line.userId),
      lines.map((line) => line.item),
      lines.map((line) => line.amount),
      lines.map((line) => line.balance),
      now,
    ],
  );
  const keys = [...changed].map((key) => key.split(' ') as [string, string]);
  await rows(
    transaction,
    `insert into balance (user_id, item, quantity) select * from unnest($1::uuid[], $2::text[], $3::bigint[])
     on conflict (user_id, item) do update set quantity = excluded.quantity`,
    [keys.map(([userId]) => userId), keys.map(([, item]) => item), keys.map((key) => balances.get(key.join(' '))!)],
  );
}

/** CONFLICT: a wallet would hold more than it can. */
export class WalletIsFull extends Refusal {
  readonly userId: string;
  constructor(userId: string, item: string) {
    super(
      'CONFLICT',
      `The player ${userId} would own more than ${balanceAtMost} of ${item}, the most that a wallet holds.`,
    );
    this.userId = userId;
  }
}

async function lockedBalances(transaction: Transaction, userIds: string[]): Promise<Map<string, number>> {
  const found = await findBalances(transaction, userIds);
  return new Map(found.map((row) => [`${row.userId} ${row.item}`, row.quantity]));
}

export interface BalanceOf {
  userId: string;
  item: string;
  quantity: number;
}

/** What these players own, by item name. */
export async function findBalances(em: Transaction, userIds: readonly string[]): Promise<BalanceOf[]> {
  const found = await rows<{ user_id: string; item: string; quantity: string }>(
    em,
    'select user_id, item, quantity from balance where user_id = any($1::uuid[]) order by item',
    [userIds],
  );
  return found.map((row) => ({ userId: row.user_id, item: row.item, quantity: Number(row.quantity) }));
}

export interface LedgerLine {
  position: string;
  userId: string;
  item: string;
  amount: number;
  balance: number;
  /** One of the two is what was paid for. */
  completionId: string | null;
  grantId: string | null;
  createdAt: Date;
}

/** A player's side of the ledger, newest first; one row more than the limit when there are more. To be read `inIndexOrder`. */
export async function findLedger(
  em: Transaction,
  userId: string,
  limit: number,
  before: string | null,
): Promise<LedgerLine[]> {
  const found = await rows<{
    id: string;
    item: string;
    amount: string;
    balance: string;
    completion_id: string | null;
    grant_id: string | null;
    created_at: string;
  }>(
    em,
    `select l.id, item, amount, balance, completion_id, grant_id, created_at
     from (select * from ledger_entry where user_id = $1 and account = 'PLAYER' and id < coalesce($3::bigint, 9223372036854775807)
       order by id desc limit $2) l
     left join lateral (select completion_id, grant_id from payment where user_id = $1 and id = l.payment_id limit 1) payment on true
     order by l.id desc`,
    [userId, limit + 1, before],
  );
  return found.map((row) => ({
    position: row.id,
    userId,
    item: row.item,
    amount: Number(row.amount),
    balance: Number(row.balance),
    completionId: row.completion_id,
    grantId: row.grant_id,
    createdAt: new Date(row.created_at),
  }));
}
