import { type Database, inIndexOrder, openDatabase, rows } from '../../../shared/database/database.ts';
import { openLog } from '../../../shared/process/log.ts';
import { OutboxRow } from '../../../shared/delivery/outbox.ts';
import { testDatabase } from '../../../shared/testing/harness.ts';
import { progressMigrations } from '../migrations/all.ts';
import { exportedKinds } from '../players/exportStore.ts';

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  const open = (url: string) =>
    openDatabase({
      ...{ url, subgraph: 'progress', entities: [OutboxRow], migrations: progressMigrations },
      log: openLog('test', 'silent'),
    });
  const made = await testDatabase('progress', async (url) => (await open(url)).close());
  drop = made.drop;
  database = await open(made.url);
});
afterAll(async () => {
  await database.close();
  await drop();
});

interface Plan {
  'Node Type': string;
  Plans?: Plan[];
}
const nodesOf = (plan: Plan): string[] => [plan['Node Type'], ...(plan.Plans ?? []).flatMap(nodesOf)];

test.each(exportedKinds)('a page of $kind walks an index in its order', async ({ kind, statement }) => {
  const [row] = await inIndexOrder(database, async (transaction) => {
    // Few rows are quicker to read as a whole; what is asked here is which index has the order when there are many.
    for (const setting of ['enable_seqscan = off', 'plan_cache_mode = force_generic_plan'])
      await transaction.execute(`set local ${setting}`);
    await transaction.execute(`prepare page as ${statement}`);
    const explain = `explain (format json) execute page('00000000-0000-0000-0000-000000000001', null, 1000)`;
    const plans = await rows<{ 'QUERY PLAN': { Plan: Plan }[] }>(transaction, explain);
    await transaction.execute('deallocate page');
    return plans;
  });
  const nodes = nodesOf(row!['QUERY PLAN'][0]!.Plan);
  expect({ kind, nodes }).toEqual({
    kind,
    nodes: nodes.filter((node) => !/^(Sort|Hash|Merge Join|Seq Scan)/.test(node)),
  });
});
