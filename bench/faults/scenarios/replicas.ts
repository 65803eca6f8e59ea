import { setTimeout as sleep } from 'node:timers/promises';
import { openLog } from '../../../shared/process/log.ts';
import { type MigrationStep, migrate } from '../../../shared/database/migrations.ts';
import { progressMigrations } from '../../../subgraphs/progress/migrations/all.ts';
import type { Scenario } from '../scenario.ts';
import type { SubgraphName, System } from '../system.ts';

/** The processes of a subgraph share its work: what becomes of the share of one that is gone, frozen or restarted. */

/** Leases last 3 s and are looked at every 0.8 s; a busy machine takes its time for the rest. */
const longestWaitMs = 8000;

/** How long the oldest event of auth has waited to be applied, at most, until `until`. */
async function longestWait({ query }: System, until: number): Promise<number> {
  let longest = 0;
  for (; performance.now() < until; await sleep(100)) {
    const [row] = await query<{ ms: number }>(
      'auth',
      `select coalesce(extract(epoch from clock_timestamp() - min(created_at)) * 1000, 0)::float as ms from outbox`,
    );
    longest = Math.max(longest, row!.ms);
  }
  return longest;
}

const frozen = (name: SubgraphName, what: string): Scenario => ({
  name: `${what} frozen beyond its leases`,
  async strike(system, _, note) {
    system.subgraphs[name].signal('SIGSTOP');
    const waited = await longestWait(system, performance.now() + 10_000);
    system.subgraphs[name].signal('SIGCONT');
    note(`events waited for ${waited.toFixed(0)} ms at most until others had its share`);
    if (waited > longestWaitMs) throw new Error(`events waited for ${waited.toFixed(0)} ms`);
  },
});

const steps: MigrationStep[] = [
  { name: 'faults-wider', statements: [`alter table player add column faults int not null default 7`] },
  {
    name: 'faults-index',
    statements: ['create index concurrently if not exists faults_index on completion (completed_at, user_id)'],
    concurrently: true,
  },
  { name: 'faults-narrower', statements: ['alter table player drop column faults', 'drop index faults_index'] },
];

export const replicas: Scenario[] = [
  frozen('progress2', 'a replica of progress'),
  frozen('auth2', 'a relay'),
  {
    name: 'rolling restart of four replicas',
    limits: { success: 1, longestMs: 3000 },
    async strike({ subgraphs }, _, note) {
      for (const name of ['auth2', 'progress2', 'progress', 'auth'] as const) {
        await subgraphs[name].stop();
        await subgraphs[name].start();
        note(`${name} is back`);
      }
    },
  },
  {
    name: 'migration under load',
    limits: { success: 1, longestMs: 3000 },
    async strike({ databases, query }, _, note) {
      const all = [...progressMigrations, ...steps];
      const ran = await migrate(databases.progress, 'progress', all, openLog('faults', 'warn'));
      note(`${ran.join(', ')}`);
      // For the processes that start after this scenario, which know nothing of it.
      await query('progress', `delete from mikro_orm_migrations where name like 'faults-%'`);
    },
  },
];

/** Redis is a cluster, and loses a master with what it has acknowledged and not handed on. */
export const clusters: Scenario[] = [
  {
    name: 'cluster master killed and failed over',
    on: 'cluster',
    limits: { success: 0.999, longestMs: 2000, backMs: 10_000 },
    async strike(system, random, note) {
      const { nodes, command } = system.cluster!;
      const roles = await Promise.all(nodes.map(async (node) => ((await command(node, 'role')) as unknown[])[0]));
      const masters = nodes.filter((_, n) => roles[n] === 'master');
      const victim = masters[Math.floor(random() * masters.length)]!;
      await victim.kill();
      const waited = await longestWait(system, performance.now() + 8000);
      note(`a master was killed; events waited for ${waited.toFixed(0)} ms at most`);
      await victim.start();
    },
  },
  {
    name: 'cluster master frozen',
    on: 'cluster',
    limits: { success: 0.999, longestMs: 2000, backMs: 10_000 },
    async strike(system, _, note) {
      const [node] = system.cluster!.nodes;
      node!.signal('SIGSTOP');
      const waited = await longestWait(system, performance.now() + 6000);
      node!.signal('SIGCONT');
      note(`events waited for ${waited.toFixed(0)} ms at most`);
    },
  },
];
