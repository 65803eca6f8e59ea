import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { StartRefusal } from '../../shared/process/environment.ts';
import { noMeter } from '../../shared/process/metrics.ts';
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

/** Lets the thread that answers come first where processors are scarce. Linux has priorities by thread; elsewhere both are equal. */
function stepBack(): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), constants.priority.PRIORITY_LOW);
  } catch {
    // It composes all the same.
  }
}

stepBack();
parentPort!.postMessage(compose(workerData as SupergraphSource));
