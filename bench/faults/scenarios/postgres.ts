import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const restart = (name: string, signal: NodeJS.Signals): Scenario => ({
  name: `postgres ${name}`,
  limits: { backMs: 10_000 },
  async strike({ restartPostgres, subgraphs }, _, note) {
    const began = performance.now();
    await restartPostgres(signal);
    note(`PostgreSQL was away for ${(performance.now() - began).toFixed(0)} ms`);
    await sleep(200);
    const dead = Object.values(subgraphs).filter((subgraph) => !subgraph.isRunning());
    if (dead.length > 0) throw new Error(`${dead.map(({ name }) => name).join(', ')} ended when PostgreSQL did`);
  },
});

/** The truth goes away and comes back; nobody else may end for it. */
export const postgres: Scenario[] = [
  restart('restarted fast', 'SIGINT'),
  restart('restarted immediate', 'SIGQUIT'),
  restart('killed', 'SIGKILL'),
  {
    name: 'postgres backends terminated',
    limits: { backMs: 5000 },
    async strike({ query }, random, note) {
      let ended = 0;
      for (let n = 0; n < 30; n++) {
        const found = await query(
          'progress',
          `select pg_terminate_backend(pid) from pg_stat_activity
           where application_name like 'questline-%' and (state <> 'idle' or $1 < 0.2)`,
          [random()],
        );
        ended += found.length;
        await sleep(20 + random() * 80);
      }
      note(`${ended} backends terminated, most of them inside a transaction`);
    },
  },
  {
    name: 'postgres rows locked',
    limits: { backMs: 5000 },
    async strike({ query }, _, note) {
      // Whoever holds the players makes every handler wait, and two who take them in the other order make deadlocks.
      await Promise.all(
        ['asc', 'desc', 'asc', 'desc'].map((order) =>
          query(
            'progress',
            `do $$ declare one record; begin
               for one in select user_id from player order by user_id ${order} limit 300 loop
                 perform from player where user_id = one.user_id for update; perform pg_sleep(0.004);
               end loop; end $$`,
          ).catch((error: unknown) => note(String(error))),
        ),
      );
    },
  },
];
