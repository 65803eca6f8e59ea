import type { GraphQLFormattedError } from 'graphql';
import type { WrittenResult } from '../../execution/execution.ts';

export interface Patience {
  /** How long an event may take to become whole. */
  patienceMs: number;
  /** Somebody still waits for it. */
  isWanted(): boolean;
  /** It is tried once more. */
  retried(): void;
}

const longestPauseMs = 2000;
const pauseAfter = (times: number) => Math.min(100 * 2 ** times, longestPauseMs) * (0.5 + Math.random());

/** Tries again with ever longer pauses, but not for ever: from the first failure in a row until patience ends. */
export class Persistence {
  readonly #patienceMs: number;
  #times = 0;
  #began = 0;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** It failed: the pause before the next attempt, or undefined when there is to be none. */
  pause(): number | undefined {
    if (this.#times === 0) this.#began = performance.now();
    const pauseMs = pauseAfter(this.#times++);
    return performance.now() + pauseMs - this.#began > this.#patienceMs ? undefined : pauseMs;
  }

  succeeded(): void {
    this.#times = 0;
  }
}

/**
 * Completes an event, again and again while a subgraph that it needs is away. Resolves to the last result, whole or not: events after it
 * may be completed meanwhile, but wait for it in the queues of their readers.
 */
export async function completeWhole(
  attempt: () => Promise<WrittenResult>,
  { patienceMs, isWanted, retried }: Patience,
): Promise<WrittenResult> {
  const deadline = performance.now() + patienceMs;
  for (let times = 0; ; times++) {
    const result = await attempt();
    // A subgraph that hands back to thousands of streams at once must not get all their events at the same moment.
    const pauseMs = pauseAfter(times);
    if (isWhole(result) || performance.now() + pauseMs > deadline || !isWanted()) return result;
    retried();
    await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
    if (!isWanted()) return result;
  }
}

/** Is nothing missing that a subgraph which is away now could say later? */
export const isWhole = ({ errors }: { errors?: readonly GraphQLFormattedError[] }): boolean =>
  !errors?.some(({ extensions }) => passing.has(extensions?.['code']));

/** What is over when a subgraph is back. */
export const passing: ReadonlySet<unknown> = new Set(['UNAVAILABLE', 'SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_TIMEOUT']);
