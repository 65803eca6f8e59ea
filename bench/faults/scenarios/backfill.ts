import { setTimeout as sleep } from 'node:timers/promises';
import { ask, tokenOf } from '../client.ts';
import { ownQuests } from '../oracle.ts';
import type { Scenario } from '../scenario.ts';
import type { System } from '../system.ts';

/** Publishes a quest anew that has counted everything so far: its backfill has nothing to pay, however often it is begun. */
async function publishAgain({ graphUrl }: System): Promise<void> {
  const token = await tokenOf(graphUrl, 'operator');
  const find = 'query ($name: String!) { questByName(name: $name) { id } }';
  const { questByName } = await ask<{ questByName: { id: string } }>(
    graphUrl,
    find,
    { name: ownQuests[0]!.name },
    { token },
  );
  const update = 'mutation ($id: ID!) { updateQuest(id: $id, input: {}, backfill: NOTIFY) { version } }';
  await ask(graphUrl, update, { id: questByName.id }, { token });
}

const states = async (system: System) =>
  (await system.query<{ state: string }>('progress', 'select state from backfill order by id')).map(
    ({ state }) => state,
  );

const points = ['progress.afterPublication', 'backfill.beforeCommit', 'backfill.afterCommit'];

/** The process that takes a publication, or counts the past for it, dies in the middle of that, and another goes on. */
export const backfills: Scenario[] = points.map((point) => ({
  name: `kill point ${point}`,
  limits: { backMs: 8000 },
  async strike(system, _, note) {
    const { progress, progress2 } = system.subgraphs;
    await Promise.all([progress.kill(), progress2.kill()]);
    await progress.start(point);
    await publishAgain(system);
    const how = await Promise.race([progress.ended(), sleep(30_000, 'nothing within 30 s', { ref: false })]);
    note(`progress ended by ${how}`);
    if (how !== 'SIGKILL') throw new Error(`progress ended by ${how}`);
    await Promise.all([progress.start(), progress2.start()]);
  },
  async check(system) {
    const deadline = performance.now() + 15_000;
    while ((await states(system)).includes('RUNNING') && performance.now() < deadline) await sleep(50);
    const last = (await states(system)).at(-1);
    return last === 'DONE' ? [] : [`the backfill is ${last ?? 'not there'}`];
  },
}));
