/**
 * npm run bench:rights [-- --events 100000]
 *
 * A player with so many events, every third of which has completed a quest and paid: how long it takes to hand everything out, part by part through
 * the gateway, and to delete the player, until progress has forgotten. Each part is a process of its own, PostgreSQL with fsync.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { progressMigrations } from '../../subgraphs/progress/migrations/all.ts';
import { rows } from '../../shared/database/database.ts';
import { openClient } from '../client.ts';
import { open } from '../events/load.ts';
import { openSystem } from '../system.ts';

const { values } = parseArgs({ options: { events: { type: 'string', default: '100000' } } });
const events = Number(values.events);

const system = await openSystem();
const client = openClient(system.url, 1);
const database = await open(system.databases.progress, progressMigrations);
const em = database.fork();
try {
  const ask = async <Data>(query: string, variables: object, token?: string): Promise<Data> => {
    const { body } = await client.ask(query, variables, token);
    if (body.errors) throw new Error(JSON.stringify(body.errors));
    return body.data as Data;
  };
  const tokenOf = async (name: string) =>
    (
      await ask<{ signIn: { accessToken: string } }>(
        'mutation ($name: String!) { signIn(input: { name: $name, password: "password" }) { accessToken } }',
        { name },
      )
    ).signIn.accessToken;
  const [operator, service, player] = [await tokenOf('operator'), await tokenOf('service'), await tokenOf('user')];
  const { me } = await ask<{ me: { id: string } }>('{ me { id } }', {}, player);
  await ask(
    `mutation { createQuest(input: { name: "levels", title: "Levels", trigger: "LevelFinished", streak: 3, duplication: 1000000,
      autoClaim: true, rewards: [{ item: "GOLD", quantity: 1 }] }) { id } }`,
    {},
    operator,
  );
  for (let n = 0; n < events; n += 500)
    await ask(
      'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { __typename } }',
      {
        events: Array.from({ length: Math.min(500, events - n) }, (_, k) => ({
          id: `e${n + k}`,
          userId: me.id,
          type: 'LevelFinished',
          occurredAt: new Date(),
          data: { level: n + k },
        })),
      },
      service,
    );
  const [had] = await rows(
    em,
    'select (select count(*)::int from event where user_id = $1) as events, (select count(*)::int from completion where user_id = $1) as completions',
    [me.id],
  );

  const [before, began] = [system.cpuSeconds(), performance.now()];
  let [records, bytes] = [0, 0];
  for (const field of ['exportedAccount', 'exportedProgress'])
    for (let after: string | null = null, isMore = true; isMore;) {
      const { user }: Exported = await ask<Exported>(
        `query ($id: ID!, $after: String) { user(id: $id) { ${field}(first: 1000, after: $after) { nodes pageInfo { hasNextPage endCursor } } } }`,
        { id: me.id, after },
        player,
      );
      const { nodes, pageInfo }: Page = user[field]!;
      records += nodes.length;
      bytes += nodes.reduce((sum: number, node) => sum + JSON.stringify(node).length + 1, 0);
      [after, isMore] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
  const exportedMs = Math.round(performance.now() - began);
  const exportCpuMs = Object.fromEntries(
    Object.entries(system.cpuSeconds()).map(([name, seconds]) => [name, Math.round((seconds - before[name]!) * 1000)]),
  );

  // The most that each process has ever held.
  const peakMb = Object.fromEntries(Object.entries(system.processes).map(([name, { pid }]) => [name, peakOf(pid)]));

  const asked = performance.now();
  await ask('mutation { deleteAccount(password: "password") }', {}, player);
  const answeredMs = Math.round(performance.now() - asked);
  const isErased = async () =>
    (await rows(em, 'select from player where user_id = $1 and erased_at is not null', [me.id])).length > 0;
  while (!(await isErased())) await sleep(5);
  const deletedMs = Math.round(performance.now() - asked);
  console.log(JSON.stringify({ had, records, bytes, exportedMs, exportCpuMs, peakMb, answeredMs, deletedMs }));
} finally {
  await database.close();
  await client.close();
  await system.stop();
}

function peakOf(pid: number): number {
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024);
}

interface Exported {
  user: Record<string, Page>;
}

interface Page {
  nodes: unknown[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
