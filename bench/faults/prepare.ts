import { setTimeout as sleep } from 'node:timers/promises';
import { ask, tokenOf } from './client.ts';
import { ownQuests } from './oracle.ts';
import type { System } from './system.ts';

/** Defines the runner's own quests and waits until progress knows them and the demo's. */
export async function prepare(system: System): Promise<void> {
  const token = await patiently(() => tokenOf(system.graphUrl, 'operator'));
  const create = 'mutation ($input: QuestInput!) { createQuest(input: $input) { id } }';
  for (const input of ownQuests)
    await patiently(() =>
      ask<unknown>(system.graphUrl, create, { input }, { token }).catch((error: unknown) => {
        // An attempt that seemed to fail has made it.
        if (!String(error).includes('CONFLICT')) throw error;
      }),
    );
  const all = 3 + ownQuests.length;
  await patiently(async () => {
    const [known] = await system.query<{ n: number }>('progress', 'select count(*)::int as n from quest');
    if (known!.n !== all) throw new Error(`progress knows ${known!.n} of ${all} quests`);
  });
}

/** A system that has just started may take a moment until every process has found the others. */
export async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 30_000;
  for (;;)
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(50);
    }
}
