/**
 * npm run bench:webhooks [-- --deliveries 10000 --players 2000 --seconds 5 --rate 500]
 *
 * Deliveries to one webhook: first so many at once, until the last of them has come; then so many a second, and how long each takes from its
 * commit to its target. They are stored as progress stores them with their cause, by this process; progress is a process of its own, PostgreSQL with fsync, and the target verifies every signature.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { event } from '../../shared/events.ts';
import { progressMigrations } from '../../subgraphs/progress/migrations/all.ts';
import { announce } from '../../subgraphs/progress/webhooks/announce.ts';
import { openClient } from '../client.ts';
import { open } from '../events/load.ts';
import { openSystem, quantile } from '../system.ts';
import { openReceiver } from './receiver.ts';

const number = (fallback: number) => ({ type: 'string', default: String(fallback) }) as const;
const { values } = parseArgs({
  options: { deliveries: number(10_000), players: number(2000), seconds: number(5), rate: number(500) },
});
const [deliveries, players, seconds, rate] = (['deliveries', 'players', 'seconds', 'rate'] as const).map((name) =>
  Number(values[name]),
) as [number, number, number, number];

const system = await openSystem({}, { WEBHOOK_PRIVATE_TARGETS: 'true' });
const client = openClient(system.url, 1);
const receiver = await openReceiver();
const database = await open(system.databases.progress, progressMigrations);
try {
  const ask = async <Data>(query: string, variables: object, token?: string): Promise<Data> => {
    const { body } = await client.ask(query, variables, token);
    if (body.errors) throw new Error(JSON.stringify(body.errors));
    return body.data as Data;
  };
  const { signIn } = await ask<{ signIn: { accessToken: string } }>(
    'mutation { signIn(input: { name: "operator", password: "password" }) { accessToken } }',
    {},
  );
  const { createWebhook } = await ask<{ createWebhook: { signingKey: string } }>(
    'mutation ($input: WebhookInput!) { createWebhook(input: $input) { signingKey } }',
    { input: { url: receiver.url, types: ['REWARD_CLAIMED'] } },
    signIn.accessToken,
  );
  const userIds = Array.from({ length: players }, () => randomUUID());
  const committedAt = new Map<string, number>();
  let stored = 0;
  const store = async (count: number) => {
    const events = Array.from({ length: count }, () =>
      event(
        'RewardClaimed',
        { id: randomUUID(), source: 'progress', userId: userIds[stored++ % players]!, occurredAt: new Date() },
        { completionId: randomUUID(), questId: randomUUID() },
      ),
    );
    await database.transaction((transaction) => announce(transaction, events));
    for (const { id } of events) committedAt.set(id, Date.now());
  };
  const arrived = async (count: number) => {
    while (new Set(receiver.received.map(({ id }) => id)).size < count) await sleep(20);
  };

  const cpuBefore = system.cpuSeconds();
  const backlogBegan = performance.now();
  for (let n = 0; n < deliveries; n += 500) await store(Math.min(500, deliveries - n));
  await arrived(deliveries);
  const drainSeconds = (performance.now() - backlogBegan) / 1000;
  const cpuAfter = system.cpuSeconds();

  const steady = Math.round(seconds * rate);
  const steadyBegan = performance.now();
  for (let sent = 0; sent < steady;) {
    const due = Math.min(steady, Math.floor(((performance.now() - steadyBegan) / 1000) * rate)) - sent;
    if (due > 0) await store(due);
    sent += due;
    await sleep(10);
  }
  const sentSeconds = (performance.now() - steadyBegan) / 1000;
  await arrived(deliveries + steady);

  const verifier = new Webhook(createWebhook.signingKey);
  for (const { body, headers } of receiver.received) verifier.verify(body, headers as Record<string, string>);
  const firsts = new Map<string, number>();
  for (const { id, at } of receiver.received) if (!firsts.has(id)) firsts.set(id, at);
  const ids = [...committedAt.keys()];
  const latencies = ids
    .slice(deliveries)
    .map((id) => firsts.get(id)! - committedAt.get(id)!)
    .sort((a, b) => a - b);
  const cpuMs = (name: string) => Math.round(((cpuAfter[name]! - cpuBefore[name]!) * 1e6) / deliveries) / 1000;
  console.log(
    JSON.stringify({
      deliveries,
      perSecond: Math.round(deliveries / drainSeconds),
      cpuMsEach: { progress: cpuMs('progress'), postgres: cpuMs('postgres'), receiverAndDriver: cpuMs('driver') },
      steadyPerSecond: Math.round(steady / sentSeconds),
      steadyMs: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
      lost: ids.filter((id) => !firsts.has(id)).length,
      again: receiver.received.length - firsts.size,
    }),
  );
} finally {
  await database.close();
  await client.close();
  await receiver.stop();
  await system.stop();
}
