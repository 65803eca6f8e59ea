import cluster from 'node:cluster';
import { rename, writeFile } from 'node:fs/promises';
import type { GraphQLSchema } from 'graphql';
import type { Log } from '../../shared/process/log.ts';
import type { Meter } from '../../shared/process/metrics.ts';
import { Usage, type UsageSettings } from './usage.ts';

/** Counts, and writes the report again and again, and once more when it is stopped. Undefined without a file. */
export function openUsage(
  settings: UsageSettings | undefined,
  schema: () => GraphQLSchema,
  meter: Meter,
  log: Log,
): { counts: Usage; stop(): Promise<void> } | undefined {
  if (settings?.file === undefined) return undefined;
  const counts = new Usage(settings, meter);
  // Each worker has a file of its own.
  const path = cluster.worker ? `${settings.file}.${cluster.worker.id}` : settings.file;
  let writing = Promise.resolve();
  const write = async () => {
    try {
      // Whoever reads it meanwhile reads the one before, whole.
      await writeFile(`${path}.next`, `${JSON.stringify(counts.report(schema()), null, 2)}\n`);
      await rename(`${path}.next`, path);
    } catch (error) {
      log.warn({ err: error, file: path }, 'the report of usage cannot be written');
    }
  };
  const again = () => (writing = writing.then(write));
  const timer = setInterval(() => void again(), settings.everyMs).unref();
  return {
    counts,
    stop() {
      clearInterval(timer);
      return again();
    },
  };
}
