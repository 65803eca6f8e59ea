import { openDatabase, rows } from '../../../shared/database.ts';
import { required } from '../../../shared/environment.ts';
import { openLog } from '../../../shared/log.ts';
import { OutboxRow } from '../../../shared/outbox.ts';
import { run } from '../../../shared/run.ts';
import { invariants } from './invariants.ts';
import { progressMigrations } from '../migrations/all.ts';

/**
 * `npm run reconcile`: compares events, values, completions, payments, ledger, balances and popups over the whole database of DATABASE_URL, as
 * they stood at one instant, and says what differs. Exit status 1 where anything does. It may run beside a busy system; it changes nothing.
 */
const shown = 20;
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
    const differing = await database.of('jobs').transaction(async (transaction) => {
      await rows(transaction, 'set transaction isolation level repeatable read, read only');
      let count = 0;
      for (const [n, { name, sentence, statement }] of invariants.entries()) {
        const began = performance.now();
        const [total] = await rows<{ n: number }>(
          transaction,
          `select count(*)::int as n from (${statement}) contradictions`,
        );
        const seconds = `${((performance.now() - began) / 1000).toFixed(1)} s`;
        tell(
          `${n + 1}/${invariants.length}  ${total!.n === 0 ? 'holds  ' : 'DIFFERS'}  ${name}: ${sentence}  ${seconds}`,
        );
        if (total!.n === 0) continue;
        count++;
        const some = await rows(transaction, `select * from (${statement}) contradictions limit ${shown}`);
        for (const row of some) tell(`      ${JSON.stringify(row)}`);
        if (total!.n > shown) tell(`      and ${total!.n - shown} more`);
      }
      return count;
    });
    await database.close();
    tell(differing === 0 ? 'Nothing differs.' : `${differing} of ${invariants.length} statements do not hold.`);
    process.exit(differing === 0 ? 0 : 1);
  },
  ({ message, fix }) => process.stderr.write(`${message}\n${fix}\n`),
);
