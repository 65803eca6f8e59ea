import { openLog } from '../shared/process/log.ts';
import { StartRefusal } from '../shared/process/environment.ts';
import { run } from '../shared/process/run.ts';
import { runningDatabases } from './databases.ts';
import { takeBackup } from './takeBackup.ts';

/**
 * `npm run backup -- FOLDER`: all databases as they were at one moment, beside a running system. Those of `npm start`, or the ones that
 * AUTH_DATABASE_URL, CATALOG_DATABASE_URL and PROGRESS_DATABASE_URL name.
 */
const tell = (text: string) => process.stdout.write(`${text}\n`);

await run(
  openLog('backup', 'warn'),
  async () => {
    const [folder] = process.argv.slice(2);
    if (!folder) throw new StartRefusal('A folder is missing.', 'npm run backup -- ./backups/today');
    const began = performance.now();
    const { manifest, pausedMs } = await takeBackup(await runningDatabases(process.env), folder);
    for (const [name, { tables }] of Object.entries(manifest.databases))
      tell(`${name}: ${Object.values(tables).reduce((sum, count) => sum + count, 0)} rows`);
    tell(
      `${folder} holds what there was at ${manifest.takenAt}. It took ${seconds(performance.now() - began)} s; writers waited ${Math.ceil(pausedMs)} ms.`,
    );
    process.exit(0);
  },
  ({ message, fix }) => process.stderr.write(`${message}\n${fix}\n`),
);

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
