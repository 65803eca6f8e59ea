import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { dayMs } from '../../../shared/calendar.rules.ts';
import { ask, signIn, tokenOf } from '../client.ts';
import { patiently } from '../prepare.ts';
import type { Scenario } from '../scenario.ts';
import type { System } from '../system.ts';

const harmedPlayers = 3;

/** Players whose days in a row an outage two days ago has parted, on a quest that players do not see. */
async function harm({ graphUrl }: System): Promise<{ from: Date; to: Date }> {
  const today = Math.floor(Date.now() / dayMs) * dayMs;
  const type = `Played${randomUUID().slice(0, 8)}`;
  const input = {
    ...{ name: `loyal-${type.toLowerCase()}`, title: 'Loyal', trigger: type, streak: 99, hidden: true },
    ...{
      period: 'DAY',
      timeZone: 'UTC',
      startsAt: new Date(today - 9 * dayMs),
      rewards: [{ item: 'GOLD', quantity: 1 }],
    },
  };
  const create = 'mutation ($input: QuestInput!) { createQuest(input: $input, backfill: SILENT) { id } }';
  const operator = await patiently(() => tokenOf(graphUrl, 'operator'));
  await patiently(() =>
    ask<unknown>(graphUrl, create, { input }, { token: operator }).catch((error: unknown) => {
      // An attempt that seemed to fail has made it.
      if (!String(error).includes('CONFLICT')) throw error;
    }),
  );
  const token = await patiently(() => tokenOf(graphUrl, 'service'));
  const record = 'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }';
  for (let n = 0; n < harmedPlayers; n++) {
    const [device, key] = [randomUUID(), randomUUID()];
    const { user } = await patiently(() => signIn(graphUrl, device, key));
    const events = [-4, -3, -1].map((day) => ({
      ...{ id: randomUUID(), userId: user.id, type, occurredAt: new Date(today + day * dayMs + dayMs / 2) },
    }));
    await patiently(() => ask(graphUrl, record, { events }, { token }));
  }
  return { from: new Date(today - 2 * dayMs + dayMs / 4), to: new Date(today - dayMs) };
}

const points = ['compensation.beforeCommit', 'compensation.afterCommit'];

/** The process that compensates dies in the middle of that, another goes on, and each player is compensated once. */
export const compensations: Scenario[] = points.map((point) => ({
  name: `kill point ${point}`,
  limits: { backMs: 8000 },
  async strike(system, _, note) {
    const { progress, progress2 } = system.subgraphs;
    const outage = await harm(system);
    await Promise.all([progress.kill(), progress2.kill()]);
    await progress.start(point);
    const compensate = `mutation ($from: DateTime!, $to: DateTime!, $key: String!) {
      compensate(from: $from, to: $to, reason: "an outage", dryRun: false, idempotencyKey: $key) { id } }`;
    const token = await patiently(() => tokenOf(system.graphUrl, 'operator'));
    const variables = { ...outage, key: randomUUID() };
    const asked = () => ask<object>(system.graphUrl, compensate, variables, { token }).catch(() => undefined);
    // The gateway may not have found it again, and it may die before it has answered; the same key again is the same compensation.
    while (progress.isRunning() && !(await asked())) await sleep(100);
    const how = await Promise.race([progress.ended(), sleep(30_000, 'nothing within 30 s', { ref: false })]);
    note(`progress ended by ${how}`);
    if (how !== 'SIGKILL') throw new Error(`progress ended by ${how}`);
    await Promise.all([progress.start(), progress2.start()]);
  },
  async check(system) {
    const last = async () =>
      (
        await system.query<{ state: string; players: string; pauses: number; users: number }>(
          'progress',
          `select state, players, (select count(*)::int from pause where compensation_id = c.id) as pauses,
             (select count(distinct user_id)::int from pause where compensation_id = c.id) as users
           from compensation c order by id desc limit 1`,
        )
      )[0];
    const deadline = performance.now() + 15_000;
    while ((await last())?.state === 'RUNNING' && performance.now() < deadline) await sleep(50);
    const found = await last();
    if (!found) return ['there is no compensation'];
    const { state, players, pauses, users } = found;
    const counts = [Number(players), pauses, users];
    return state === 'DONE' && counts.every((n) => n === harmedPlayers)
      ? []
      : [
          `the compensation is ${state}: of ${harmedPlayers} players it counts ${counts[0]}, and has paused ${pauses} streaks of ${users}`,
        ];
  },
}));
