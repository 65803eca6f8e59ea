import { type Transaction, rows } from '../../../shared/database/database.ts';
import type { Quote } from '../quote.rules.ts';

/** A quote as it was when somebody looked it up. */
export interface LookedUp {
  id: string;
  /** Of the list: the id. */
  position: string;
  requestedAt: Date;
  symbol: string;
  companyName: string;
  open: string;
  high: string;
  low: string;
  close: string;
}

export interface SymbolCount {
  symbol: string;
  timesRequested: number;
}

/** Adds a quote to somebody's history and counts it; resolves to the id of the entry. The count comes last, since others wait for its row. */
export async function saveLookUp(transaction: Transaction, userId: string, quote: Quote, now: Date): Promise<string> {
  const { symbol, companyName, open, high, low, close, asOf } = quote;
  const [entry] = await rows<{ id: string }>(
    transaction,
    `insert into looked_up (user_id, requested_at, symbol, company_name, open, high, low, close, as_of)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
    [userId, now, symbol, companyName, open, high, low, close, asOf],
  );
  await rows(
    transaction,
    `insert into symbol_count as counted (symbol, times) values ($1, 1) on conflict (symbol) do update set times = counted.times + 1`,
    [symbol],
  );
  return entry!.id;
}

/** The last looked up first, one more than the limit when there are more. */
export async function findLookedUp(
  em: Transaction,
  userId: string,
  limit: number,
  before: string | null,
): Promise<LookedUp[]> {
  const found = await rows<Omit<LookedUp, 'position' | 'requestedAt'> & { requestedAt: string }>(
    em,
    `select id, requested_at as "requestedAt", symbol, company_name as "companyName", open, high, low, close from looked_up
     where user_id = $1 and ($3::bigint is null or id < $3) order by id desc limit $2`,
    [userId, limit + 1, before],
  );
  return found.map((row) => ({ ...row, position: row.id, requestedAt: new Date(row.requestedAt) }));
}

/** Those that were asked for most often first; of equally many the first by symbol. */
export const findMostRequested = (em: Transaction, top: number): Promise<SymbolCount[]> =>
  rows(em, 'select symbol, times::int as "timesRequested" from symbol_count order by times desc, symbol limit $1', [
    top,
  ]);

/** Removes what these users have looked up; how often a symbol was asked for names nobody, and stays. */
export async function forgetUsers(transaction: Transaction, userIds: readonly string[]): Promise<void> {
  await rows(transaction, 'delete from looked_up where user_id = any($1::uuid[])', [userIds]);
}
