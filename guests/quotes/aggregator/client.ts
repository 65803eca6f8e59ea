import type { Outcome } from './lookups.ts';
import { timeoutMs } from './queue.ts';

/** How the subgraph asks the aggregator. Never rejects. */
export type AskAggregator = (code: string) => Promise<Outcome>;

export const away: Outcome = { is: 'away', retryAfterSeconds: 1, last: null };

export const aggregatorAt =
  (url: string, secret: string): AskAggregator =>
  async (code) => {
    try {
      const response = await fetch(new URL(`/quotes/${encodeURIComponent(code)}`, url), {
        headers: { 'x-gateway-secret': secret },
        signal: AbortSignal.timeout(timeoutMs),
      });
      return response.ok ? ((await response.json()) as Outcome) : away;
    } catch {
      return away;
    }
  };
