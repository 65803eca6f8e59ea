import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, rows } from '../../shared/database/database.ts';

/** Seconds from the death of a process until every stream that is consumed has an owner again, and none is the dead one. */
export async function ownerless(progress: Database, kill: () => Promise<void>): Promise<number> {
  const owners = async () =>
    (
      await rows<{ role: string; owners: number; free: number }>(
        progress.fork(),
        `select role, count(distinct owner)::int as owners, count(*) filter (where until < clock_timestamp())::int as free
         from lease where role like '% to progress' group by role order by role`,
      )
    ).map(({ role, owners, free }) => ({ role, owners, free }));
  const before = await owners();
  await kill();
  const began = performance.now();
  for (;;) {
    const now = await owners();
    const isTaken = now.every(({ owners, free }, n) => free === 0 && owners === before[n]!.owners - 1);
    if (isTaken) return Math.round((performance.now() - began) / 100) / 10;
    if (performance.now() - began > 30_000) throw new Error(`after 30 s: ${JSON.stringify(now)}`);
    await sleep(50);
  }
}
