import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, rows } from '../../shared/database/database.ts';
import { type Tools, defined, signIns } from './curve.ts';
import { benchQuest } from './load.ts';

/** What a backfill costs: a million events of a hundred thousand players, counted for a quest that is published while others sign in. */
export async function measurePast(tools: Tools) {
  const { progressDb, say } = tools;
  // What fills the tables takes longer than a request may.
  const em = progressDb.of('jobs').fork();
  await rows(em, `insert into player (user_id) select gen_random_uuid() from generate_series(1, 100000)`);
  await rows(
    em,
    `insert into event (source, id, user_id, type, occurred_at, data)
     select 'game', 'past ' || n || ' ' || user_id, user_id, 'MatchWon', now() - interval '20 days' + n * interval '1 day', '{}'
     from (select user_id from player order by random() limit 100000) p cross join generate_series(1, 10) n`,
  );
  await rows(em, 'analyze event');
  const startsAt = new Date(Date.now() - 30 * 24 * 3_600_000).toISOString();
  const past = benchQuest({ trigger: 'MatchWon', streak: 6, duplication: 1, startsAt, backfill: 'SILENT' });
  const held = watchLock(progressDb);
  await defined(tools, [past]);
  const ending = ended(tools, past.questId);
  const live = tools.rateOf(ending, signIns(tools, tools.users), 2000);
  const job = await ending;
  const publishHeldMs = await held.stop();
  const rate = await live;
  const tookMs = Date.parse(job.updatedAt) - Date.parse(job.createdAt);
  const backfillPerSecond = Math.round((job.events / tookMs) * 1000);
  say(`publishing           held batches up for ${publishHeldMs} ms at most, beside ${rate} live events/s`);
  say(
    `backfill             ${backfillPerSecond} events/s: ${job.events} events, ${job.completions} completions, ${job.state}`,
  );
  await tools.ask('mutation ($id: ID!) { previewBackfill(questId: $id) { id } }', { id: past.questId });
  const preview = await ended(tools, past.questId);
  const dryRunSecondsPerMillion =
    Math.round(((Date.parse(preview.updatedAt) - Date.parse(preview.createdAt)) / preview.events) * 10_000) / 10;
  say(`dry run              ${dryRunSecondsPerMillion} s for a million events`);
  return { publishHeldMs, backfillPerSecond, dryRunSecondsPerMillion };
}

interface Job {
  state: string;
  events: number;
  completions: number;
  createdAt: string;
  updatedAt: string;
}

export async function ended({ ask }: Tools, questId: string): Promise<Job> {
  const query = '{ backfills(first: 100) { nodes { state events completions createdAt updatedAt quest { id } } } }';
  for (;;) {
    const { backfills } = await ask<{ backfills: { nodes: (Job & { quest: { id: string } })[] } }>(query, {});
    const job = backfills.nodes.find(({ quest }) => quest.id === questId);
    if (job && job.state !== 'RUNNING') return job;
    await sleep(200);
  }
}

/** How long whoever has to keep the definitions waits for it, at the worst. */
export function watchLock(progressDb: Database) {
  let [longest, running] = [0, true];
  const watching = (async () => {
    while (running) {
      const began = performance.now();
      await progressDb.transaction((transaction) => rows(transaction, 'select pg_advisory_xact_lock_shared(4711004)'));
      longest = Math.max(longest, performance.now() - began);
      await sleep(5);
    }
  })();
  return {
    async stop() {
      running = false;
      await watching;
      return Math.round(longest);
    },
  };
}
