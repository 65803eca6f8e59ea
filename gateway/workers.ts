import cluster, { type Worker } from 'node:cluster';
import { port } from '../shared/process/environment.ts';
import type { Log } from '../shared/process/log.ts';
import type { Running } from '../shared/process/run.ts';

export interface WorkerSettings {
  count: number;
  /** How long a worker may take to stop. */
  stopSeconds: number;
  environment: Readonly<Record<string, string | undefined>>;
  log: Log;
}

/**
 * Runs this program several times behind one port. A worker that ends is started again, at first at once and then ever later. Connections are
 * counted by each process: limits on them hold per worker.
 */
export function runWorkers({ count, stopSeconds, environment, log }: WorkerSettings): Running {
  const metricsPort = environment['METRICS_PORT'] ? port(environment, 'METRICS_PORT', 0) : 0;
  let leaving = false;
  let failures = 0;
  let hasServed = false;
  const start = (number: number) => {
    if (leaving) return;
    const worker = cluster.fork({
      // Each worker has metrics of its own, so it shows them at a port of its own.
      ...(metricsPort > 0 && { METRICS_PORT: String(metricsPort + number) }),
    });
    const began = performance.now();
    worker.once('listening', () => (hasServed = true));
    worker.once('exit', (code, signal) => {
      if (leaving) return;
      // It has said why: whatever kept the first one from starting keeps the others.
      if (!hasServed && code === 1) process.exit(1);
      failures = performance.now() - began > 60_000 ? 0 : failures + 1;
      const pauseMs = Math.min(100 * 2 ** failures, 10_000);
      log.error({ worker: number, code, signal, pauseMs }, 'a worker has ended and is started again');
      setTimeout(() => start(number), pauseMs).unref();
    });
  };
  for (let number = 0; number < count; number++) start(number);
  const all = (): Worker[] => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  process.on('SIGHUP', () => all().forEach((worker) => worker.process.kill('SIGHUP')));
  log.info({ workers: count }, 'workers are started');
  return {
    stopSeconds: stopSeconds + 1,
    async stop() {
      leaving = true;
      await Promise.all(
        all().map(
          (worker) =>
            new Promise((resolve) => {
              worker.once('exit', resolve);
              worker.process.kill('SIGTERM');
            }),
        ),
      );
    },
  };
}
