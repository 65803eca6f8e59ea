import { Refusal, unavailable } from '../../shared/errors.ts';
import { type Viewer, signedIn } from '../../shared/identity.ts';
import type { Furniture } from '../../shared/subgraph/joined.ts';
import { type Connection, connectionOf, pageOf } from '../../shared/subgraph/paging.ts';
import type { Caller } from '../../shared/subgraph/subgraph.ts';
import type { AskAggregator } from './aggregator/client.ts';
import type { Outcome } from './aggregator/lookups.ts';
import {
  type LookedUp,
  type SymbolCount,
  findLookedUp,
  findMostRequested,
  saveLookUp,
} from './history/historyStore.ts';
import { type Quote, codeOf } from './quote.rules.ts';

/** A user, known by the id alone. */
export interface UserRef {
  id: string;
}

export type ShownQuote = Quote & { stale: boolean };

/** What a resolver has at hand during one request. */
export interface Context {
  viewer: Viewer | null;
  /** Looks a quote up for the caller, whose history it enters. Throws BAD_USER_INPUT, NOT_FOUND and UNAVAILABLE. */
  lookUp(symbol: string, acceptStale: boolean): Promise<ShownQuote>;
  historyOf(userId: string, asked: { first?: number | null; after?: string | null }): Promise<Connection<LookedUp>>;
  findMostRequested(top: number): Promise<SymbolCount[]>;
  findHealth: Furniture['findHealth'];
}

export const contextMaker =
  ({ database, commit, send, clock, findHealth }: Furniture, ask: AskAggregator) =>
  ({ viewer }: Caller): Context => ({
    viewer,
    async lookUp(symbol, acceptStale) {
      const { id: userId } = signedIn(viewer);
      const code = codeOf(symbol);
      if (code === undefined)
        throw new Refusal('BAD_USER_INPUT', 'symbol takes 1 to 32 letters, digits and the signs . ^ = _ and -.');
      const quote = shown(await ask(code), acceptStale);
      const now = clock();
      await commit(async (transaction) => {
        const id = await saveLookUp(transaction, userId, quote, now);
        const data = { symbol: quote.symbol, found: true };
        await send(transaction, [{ id: `look-up:${id}`, type: 'QuoteRequested', userId, occurredAt: now, data }]);
      });
      return quote;
    },
    async historyOf(userId, asked) {
      const list = `quote-history-${userId}`;
      const page = pageOf(list, asked);
      return connectionOf(list, page, await findLookedUp(database.fork(), userId, page.limit, page.before));
    },
    findMostRequested: (top) => findMostRequested(database.fork(), top),
    findHealth,
  });

/** The quote of an outcome, or the refusal that it means. */
function shown(outcome: Outcome, acceptStale: boolean): ShownQuote {
  if (outcome.is === 'found') return { ...outcome.quote, stale: false };
  if (outcome.is === 'unknown') throw new Refusal('NOT_FOUND', 'There is no quote for this symbol.');
  if (outcome.last && acceptStale) return { ...outcome.last, stale: true };
  throw unavailable(outcome.retryAfterSeconds);
}
