import { type Database, rows } from '../../../shared/database/database.ts';
import type { Reading } from '../../../shared/process/metrics.ts';
import { invariants } from './invariants.ts';

/** Contradictions that are told of one statement. */
const shown = 20;

/**
 * Asks for everything that always holds, as the tables stood at one instant, beside a busy system. Resolves to how many statements do not hold, and
 * writes that down for `reconcileReading`; nothing else is changed.
 */
export async function reconcile(database: Database, tell: (line: string) => void): Promise<number> {
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
  await rows(database.fork(), 'insert into reconciliation (differing) values ($1)', [differing]);
  return differing;
}

/** How many statements did not hold when they were last asked for; nothing before the first time. */
export async function reconcileReading(database: Database): Promise<Reading[]> {
  const last = 'select differing as value from reconciliation order by id desc limit 1';
  return (await rows<{ value: number }>(database.fork(), last)).map(({ value }) => ({ value, labels: {} }));
}
