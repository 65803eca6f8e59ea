import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFolder } from '../local/postgresFolder.ts';
import { settledPostmaster } from '../local/postmaster.ts';
import type { MigrationStep } from '../shared/database/database.ts';
import { type Environment, StartRefusal } from '../shared/process/environment.ts';
import { authMigrations } from '../subgraphs/auth/migrations/all.ts';
import { catalogMigrations } from '../subgraphs/catalog/migrations/all.ts';
import { progressMigrations } from '../subgraphs/progress/migrations/all.ts';

/** What makes the tables of each subgraph. */
export const migrationsOf: Readonly<Record<string, readonly MigrationStep[]>> = {
  auth: authMigrations,
  catalog: catalogMigrations,
  progress: progressMigrations,
};

const subgraphs = Object.keys(migrationsOf);
const variableOf = (subgraph: string) => `${subgraph.toUpperCase()}_DATABASE_URL`;

/** The database of each subgraph, from the environment. Throws StartRefusal when one of them is missing. */
export function databasesOf(environment: Environment): Record<string, string> {
  const missing = subgraphs.map(variableOf).filter((variable) => !environment[variable]);
  if (missing.length > 0)
    throw new StartRefusal(
      `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing: a backup is of all databases at one moment.`,
      `Set ${subgraphs.map(variableOf).join(', ')}.`,
    );
  return Object.fromEntries(subgraphs.map((subgraph) => [subgraph, environment[variableOf(subgraph)]!]));
}

/** Those of `npm start`, which has to run, when the environment names none. Throws StartRefusal. */
export async function runningDatabases(environment: Environment): Promise<Record<string, string>> {
  if (subgraphs.some((subgraph) => environment[variableOf(subgraph)])) return databasesOf(environment);
  const data = join(openFolder(environment['QUESTLINE_DATA'] ?? '.questline').folder, 'data');
  const postmaster = await settledPostmaster(data);
  if (!postmaster || !existsSync(join(data, 'password'))) return databasesOf(environment);
  const password = readFileSync(join(data, 'password'), 'utf8').trim();
  return Object.fromEntries(
    subgraphs.map((subgraph) => [
      subgraph,
      `postgres://questline:${password}@127.0.0.1:${postmaster.port}/${subgraph}`,
    ]),
  );
}
