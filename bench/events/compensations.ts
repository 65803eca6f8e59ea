import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { dayMs } from '../../shared/calendar.rules.ts';
import { rows } from '../../shared/database/database.ts';
import { type Tools, defined } from './curve.ts';
import { benchQuest } from './load.ts';

const players = 100_000;
const shares = [0.1, 0.5, 1];

/** What it costs to compensate a hundred thousand players, each of whom an outage has harmed: how long it takes, and how much memory progress has on the way. */
export async function measureCompensations(tools: Tools) {
  const { progressDb, say, ask, memoryMiB } = tools;
  const today = Math.floor(Date.now() / dayMs);
  const startsAt = new Date((today - 30) * dayMs).toISOString();
  const loyal = benchQuest({ trigger: 'Came', streak: 99, period: 'DAY', timeZone: 'UTC', startsAt });
  await defined(tools, [loyal]);
  const measure = '(select measures[1] from quest_version where quest_id = $1)';
  const came = [4, 3, 1].map((days) => today - days).join();
  await progressDb.transaction(async (transaction) => {
    const harmed = `create temporary table harmed on commit drop as select gen_random_uuid() as user_id from generate_series(1, ${players})`;
    for (const statement of [harmed, 'insert into player (user_id) select user_id from harmed'])
      await rows(transaction, statement);
    for (const statement of [
      `insert into measure_value (user_id, measure, bucket, value, first_at, last_at, born, next, next_at)
       select user_id, ${measure}, 0, 3, now() - interval '4 days', now() - interval '1 day', 0, 0, -1 from harmed`,
      `insert into active_span (user_id, measure, bucket, span, early, later)
       select user_id, ${measure}, 0, span, 0, 1 from harmed cross join unnest(array[${came}]) span`,
    ])
      await rows(transaction, statement, [loyal.questId]);
  });
  const before = memoryMiB();
  const began = performance.now();
  await ask(
    `mutation ($from: DateTime!, $to: DateTime!, $key: String!) {
      compensate(from: $from, to: $to, reason: "an outage", dryRun: false, idempotencyKey: $key) { id } }`,
    { from: new Date((today - 2) * dayMs + 1), to: new Date((today - 1) * dayMs), key: randomUUID() },
  );
  const memory: number[] = [];
  for (let job = await last(tools); ; job = await last(tools)) {
    while (memory.length < shares.length && job.players >= players * shares[memory.length]!) memory.push(memoryMiB());
    if (job.state !== 'RUNNING') break;
    await sleep(100);
  }
  const compensatedPerSecond = Math.round((players / (performance.now() - began)) * 1000);
  const [tenth, half, whole] = memory;
  say(
    `compensating         ${compensatedPerSecond} players/s; progress has ${before} MiB before, then ${memory.join(', ')}`,
  );
  return { compensatedPerSecond, memoryAt10Percent: tenth!, memoryAt50Percent: half!, memoryAt100Percent: whole! };
}

async function last({ ask }: Tools): Promise<{ state: string; players: number }> {
  const query = '{ compensations(first: 1) { nodes { state players } } }';
  const { compensations } = await ask<{ compensations: { nodes: { state: string; players: number }[] } }>(query, {});
  return compensations.nodes[0]!;
}
