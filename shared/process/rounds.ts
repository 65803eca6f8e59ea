export interface Rounds {
  /** There may be something to do: the next round comes now, or right after the one under way. */
  wake(): void;
  /** Resolves when the round under way has ended; no other begins. */
  stop(): Promise<void>;
}

/**
 * Works in rounds, one after the other: at once when the last one says that there may be more, or somebody has woken it meanwhile, and else after a
 * pause. `round` says itself what goes wrong and never rejects; its signal is aborted by `stop`, for rounds that take long.
 */
export function startRounds(
  round: (signal: AbortSignal) => Promise<boolean>,
  pauseMs: number | (() => number),
): Rounds {
  const leaving = new AbortController();
  const { signal } = leaving;
  let woken = false;
  let endPause = () => {};
  const running = (async () => {
    while (!signal.aborted) {
      woken = false;
      const hasMore = await round(signal);
      if (hasMore || woken || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, typeof pauseMs === 'number' ? pauseMs : pauseMs());
        endPause = () => (clearTimeout(timer), resolve());
      });
    }
  })();
  const wake = () => {
    woken = true;
    endPause();
  };
  return {
    wake,
    async stop() {
      leaving.abort();
      wake();
      await running;
    },
  };
}
