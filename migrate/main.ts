import { parseArgs } from 'node:util';
import { migrationsOf } from '../backup/databases.ts';
import { openLog } from '../shared/process/log.ts';
import { migrate } from '../shared/database/migrations.ts';
import { run } from '../shared/process/run.ts';
import { distribution } from '../subgraphs/progress/distribution.ts';
import { databasesToMigrate } from './databases.ts';
import { distribute } from './distribute.ts';

/**
 * `npm run migrate`: brings the tables up to date while processes of the last version and of this one run. The databases are those that
 * AUTH_DATABASE_URL, CATALOG_DATABASE_URL and PROGRESS_DATABASE_URL name, be it one of them or all, or those of `npm start`.
 * `-- --distributed` spreads the tables of players over the servers of Citus, where there is one.
 */
const tell = (text: string) => process.stdout.write(`${text}\n`);

const log = openLog('migrate', process.env['LOG_LEVEL'] ?? 'warn');

await run(
  log,
  async () => {
    const { values } = parseArgs({ options: { distributed: { type: 'boolean', default: false } } });
    for (const [subgraph, url] of Object.entries(await databasesToMigrate(process.env))) {
      const steps = await migrate(url, subgraph, migrationsOf[subgraph]!, log);
      tell(`${subgraph}: ${steps.length === 0 ? 'up to date' : steps.join(', ')}`);
      if (values.distributed && subgraph === 'progress') tell(`${subgraph}: ${await distribute(url, distribution)}`);
    }
    process.exit(0);
  },
  ({ message, fix }) => process.stderr.write(`${message}\n${fix}\n`),
);
