import { openLog } from '../shared/process/log.ts';
import { StartRefusal } from '../shared/process/environment.ts';
import { run } from '../shared/process/run.ts';
import { databasesOf } from './databases.ts';
import { restoreBackup } from './restoreBackup.ts';

/**
 * `npm run restore -- FOLDER`: fills the databases that AUTH_DATABASE_URL, CATALOG_DATABASE_URL and PROGRESS_DATABASE_URL name, which must be empty.
 * The subgraphs start on them afterwards, with a Redis that is empty too: what was on its way is in the outboxes.
 */
await run(
  openLog('restore', 'warn'),
  async () => {
    const [folder] = process.argv.slice(2);
    if (!folder) throw new StartRefusal('A folder is missing.', 'npm run restore -- ./backups/today');
    const began = performance.now();
    for (const [name, count] of Object.entries(await restoreBackup(databasesOf(process.env), folder)))
      process.stdout.write(`${name}: ${count} rows\n`);
    process.stdout.write(
      `Restored in ${((performance.now() - began) / 1000).toFixed(1)} s. Start the subgraphs with an empty Redis.\n`,
    );
    process.exit(0);
  },
  ({ message, fix }) => process.stderr.write(`${message}\n${fix}\n`),
);
