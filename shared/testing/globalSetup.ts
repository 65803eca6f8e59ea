import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exists } from '../../local/postmaster.ts';
import { startPostgres, type Postgres } from '../../local/postgres.ts';
import { connect } from '../../local/sql.ts';
import { found } from './programs.ts';

/** What one run of jest has started, for globalTeardown, which runs in the same process. */
export interface Run {
  folder: string;
  postgres: Postgres;
}
export const runs = globalThis as unknown as { questlineTestRun?: Run };

const prefix = 'questline-test-';

/** One PostgreSQL for the whole run, in a folder of its own; its workers find it by TEST_DATABASE_URL. One line says what the tests run on. */
export default async function globalSetup(): Promise<void> {
  const programs = await Promise.all([found('Redis'), found('Chromium')]);
  await sweep();
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  chmodSync(folder, 0o755);
  try {
    // Without fsync commits do not wait for the disk. What it protects is data after the machine fails, and this data dies with the run.
    const postgres = await startPostgres({ dataDir: folder, flags: ['-c', 'fsync=off', '-c', 'max_connections=200'] });
    // What the tests start are processes of Node, a hundred times the same modules: compiled once, for this run and the next ones.
    process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'questline-compile-cache');
    process.env['TEST_DATABASE_URL'] = postgres.url('postgres');
    process.env['TEST_FOLDER'] = folder;
    runs.questlineTestRun = { folder, postgres };
    process.stderr.write(`Tests run on ${[await versionOf(postgres), ...programs].join(', ')}.\n`);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const fix = (error as { fix?: string }).fix;
    throw fix ? new Error(`${(error as Error).message} ${fix}`) : error;
  }
}

async function versionOf(postgres: Postgres): Promise<string> {
  const connection = await connect(postgres.url('postgres'));
  const { rows } = await connection.query<{ server_version: string }>('show server_version');
  await connection.end();
  return `PostgreSQL ${rows[0]!.server_version}`;
}

/** A run that was killed could not clean up: its server is adopted, stopped, and removed. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (!pid || exists(Number(pid))) continue;
    const folder = join(tmpdir(), name);
    try {
      await (await startPostgres({ dataDir: folder })).stop();
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another user's, or in use: not ours to remove.
    }
  }
}
