import { migrationsOf, runningDatabases } from '../backup/databases.ts';
import type { Environment } from '../shared/process/environment.ts';

/** The databases that the environment names, be it one or all; else those of `npm start`, which has to run. Throws StartRefusal. */
export async function databasesToMigrate(environment: Environment): Promise<Record<string, string>> {
  const named = Object.keys(migrationsOf).flatMap((subgraph) => {
    const url = environment[`${subgraph.toUpperCase()}_DATABASE_URL`];
    return url ? [[subgraph, url] as const] : [];
  });
  return named.length > 0 ? Object.fromEntries(named) : runningDatabases(environment);
}
