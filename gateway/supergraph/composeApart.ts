import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { StartRefusal } from '../../shared/process/environment.ts';
import type { SupergraphSource } from './supergraph.ts';
import type { Terms } from './terms.ts';

/** What the thread says. */
export type Composed =
  { sdl: string; terms: Terms } | { refusal: { message: string; fix: string } } | { fault: string };

/** The compiled program has no .ts files. */
const program = new URL(import.meta.url.endsWith('.ts') ? './composing.ts' : './composing.js', import.meta.url);

/**
 * Composes and checks a supergraph in a thread of its own, while this one goes on. Rejects with a StartRefusal when it cannot be served.
 */
export async function composeApart(source: SupergraphSource): Promise<{ sdl: string; terms: Terms }> {
  // The text of a supergraph that is fetched comes from a getter.
  const worker = new Worker(program, { workerData: { ...source }, execArgv: ['--no-warnings'] });
  try {
    const ended = once(worker, 'exit').then(() => Promise.reject(new Error('the thread that composes has ended')));
    ended.catch(() => {});
    const [composed] = (await Promise.race([once(worker, 'message'), ended])) as [Composed];
    if ('refusal' in composed) throw new StartRefusal(composed.refusal.message, composed.refusal.fix);
    if ('fault' in composed) throw new Error(composed.fault);
    return composed;
  } finally {
    await worker.terminate();
  }
}
