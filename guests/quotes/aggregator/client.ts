import type { Outcome } from './lookups.ts';

/** How the subgraph asks the aggregator. Never rejects. */
export type AskAggregator = (code: string) => Promise<Outcome>;

/** The provider gets two seconds, and the way there and back a little more. */
const timeoutMs = 2500;

const away: Outcome = { is: 'away', retryAfterSeconds: 1, last: null };

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
