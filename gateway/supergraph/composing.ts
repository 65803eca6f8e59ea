import { parentPort, workerData } from 'node:worker_threads';
import { StartRefusal } from '../../shared/environment.ts';
import { noMeter } from '../../shared/metrics.ts';
import { Counters } from '../metrics/subscriptionMetrics.ts';
import type { Composed } from './composeApart.ts';
import { openGraph } from './graph.ts';
import type { SupergraphSource } from './supergraph.ts';

/** The thread that `composeApart` starts: it composes, and reads the result as the gateway will, so that whatever is wrong is found here. */
function compose(source: SupergraphSource): Composed {
  try {
    const { execution, terms } = openGraph(
      source,
      () => Promise.reject(new Error('nothing is asked here')),
      { development: false },
      new Counters(noMeter),
    );
    return { sdl: execution.supergraphSdl, terms };
  } catch (error) {
    if (error instanceof StartRefusal) return { refusal: { message: error.message, fix: error.fix } };
    return { fault: String((error as Error).stack ?? error) };
  }
}

parentPort!.postMessage(compose(workerData as SupergraphSource));
