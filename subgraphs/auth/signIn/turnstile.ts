import { Refusal } from '../../../shared/errors.ts';

/** Lets work in, some at once; the rest waits its turn. Throws UNAVAILABLE for what has to wait too long, or cannot even wait. */
export type Turnstile = <T>(work: () => Promise<T>) => Promise<T>;

export function turnstile(atOnce: number, waiting: number, patienceMs: number): Turnstile {
  let running = 0;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (running < atOnce) running++;
    else {
      if (queue.length >= waiting) throw tooBusy();
      // Whoever leaves hands its place on, so `running` does not change.
      await new Promise<void>((resolve, reject) => {
        const enter = () => (clearTimeout(timer), resolve());
        const timer = setTimeout(() => {
          queue.splice(queue.indexOf(enter), 1);
          reject(tooBusy());
        }, patienceMs);
        queue.push(enter);
      });
    }
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else running--;
    }
  };
}

export const tooBusy = () =>
  new Refusal('UNAVAILABLE', 'Too many people are signing in right now. Try again in a few seconds.', {
    retryAfterSeconds: 2,
  });
