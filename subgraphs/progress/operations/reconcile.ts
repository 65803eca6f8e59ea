import { openDatabase } from '../../../shared/database/database.ts';
import { required } from '../../../shared/process/environment.ts';
import { openLog } from '../../../shared/process/log.ts';
import { OutboxRow } from '../../../shared/delivery/outbox.ts';
import { run } from '../../../shared/process/run.ts';
import { progressMigrations } from '../migrations/all.ts';
import { invariants } from './invariants.ts';
import { reconcile } from './reconciliation.ts';

/**
 * `npm run reconcile`: compares events, values, completions, payments, ledger, balances and popups over the whole database of DATABASE_URL, and says
 * what differs. Exit status 1 where anything does.
 */
const tell = (text: string) => process.stdout.write(`${text}\n`);

await run(
  openLog('reconcile', process.env['LOG_LEVEL'] ?? 'warn'),
  async () => {
    const url = required(process.env, 'DATABASE_URL', 'it names the PostgreSQL database of progress');
    const log = openLog('reconcile', 'warn');
    const database = await openDatabase({
      url,
      subgraph: 'progress',
      entities: [OutboxRow],
      migrations: progressMigrations,
      log,
    });
    const differing = await reconcile(database, tell);
    await database.close();
    tell(differing === 0 ? 'Nothing differs.' : `${differing} of ${invariants.length} statements do not hold.`);
    process.exit(differing === 0 ? 0 : 1);
  },
  ({ message, fix }) => process.stderr.write(`${message}\n${fix}\n`),
);
