import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exists } from '../../local/postmaster.ts';
import { runs } from './globalSetup.ts';

/** Runs whether the tests passed or failed. */
export default async function globalTeardown(): Promise<void> {
  const run = runs.questlineTestRun;
  if (!run) return;
  for (const file of globSync(join(run.folder, 'redis.*.pid'))) {
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid && exists(pid)) process.kill(pid, 'SIGKILL');
  }
  await run.postgres.stop();
  rmSync(run.folder, { recursive: true, force: true });
}
