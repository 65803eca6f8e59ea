import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { type Receiver, openReceiver } from '../../webhooks/receiver.ts';
import { ask, tokenOf } from '../client.ts';
import { patiently } from '../prepare.ts';
import type { Scenario } from '../scenario.ts';
import type { System } from '../system.ts';

interface Registered {
  id: string;
  key: string;
  receiver: Receiver;
  /** By the database's clock: what progress records from then on has to come. */
  since: string;
}

async function register(system: System): Promise<Registered> {
  const receiver = await openReceiver();
  const token = await patiently(() => tokenOf(system.graphUrl, 'operator'));
  const { createWebhook } = await ask<{ createWebhook: { signingKey: string; webhook: { id: string } } }>(
    system.graphUrl,
    'mutation ($input: WebhookInput!) { createWebhook(input: $input) { signingKey webhook { id } } }',
    { input: { url: receiver.url, types: ['QUEST_COMPLETED'] } },
    { token, ms: 20_000 },
  );
  // Transactions that began before it was registered have ended by then.
  await sleep(1000);
  const [now] = await system.query<{ now: string }>('progress', 'select clock_timestamp()::text as now');
  return { id: createWebhook.webhook.id, key: createWebhook.signingKey, receiver, since: now!.now };
}

/** Nothing is lost, every signature is right, and the first attempts at a player's events come in their order. */
async function faultsOf(system: System, { id, key, receiver, since }: Registered): Promise<string[]> {
  const deadline = performance.now() + 20_000;
  const waiting = () =>
    system.query('progress', `select from webhook_delivery where webhook_id = $1 and state <> 'DELIVERED'`, [id]);
  while ((await waiting()).length > 0 && performance.now() < deadline) await sleep(50);
  const completions = await system.query<{ id: string }>(
    'progress',
    `select id from event where source = 'progress' and type = 'QuestCompleted' and recorded_at > $1::timestamptz`,
    [since],
  );
  const came = new Set(receiver.received.map((attempt) => attempt.id));
  const lost = completions.filter((one) => !came.has(one.id)).length;
  const faults = lost > 0 ? [`${lost} of ${completions.length} completions did not come by the webhook`] : [];
  if (completions.length === 0) faults.push('nobody completed anything, so the webhook was not tested');
  const verifier = new Webhook(key);
  const inOrder = new Map<string, number>();
  const seen = new Set<string>();
  for (const { id: eventId, body, headers } of receiver.received) {
    const { data } = verifier.verify(body, headers as Record<string, string>) as {
      data: { userId: string; questId: string; number: number };
    };
    const about = `${data.userId} ${data.questId}`;
    if (!seen.has(eventId) && (inOrder.get(about) ?? 0) >= data.number)
      faults.push(`completion ${data.number} of ${about} came after a later one`);
    inOrder.set(about, data.number);
    seen.add(eventId);
  }
  return faults;
}

/** Both processes that send die after a target has answered and before that is noted, and others go on. */
export function webhookScenarios(): Scenario[] {
  let registered: Registered | undefined;
  return [
    {
      name: 'kill point webhook.afterSend',
      limits: { backMs: 8000 },
      async strike(system, _, note) {
        registered = await register(system);
        const { progress, progress2 } = system.subgraphs;
        await Promise.all([progress.kill(), progress2.kill()]);
        await progress.start('webhook.afterSend:5');
        const how = await Promise.race([progress.ended(), sleep(30_000, 'nothing within 30 s', { ref: false })]);
        note(`progress ended by ${how}, after ${registered.receiver.received.length} attempts`);
        if (how !== 'SIGKILL') throw new Error(`progress ended by ${how}`);
        await Promise.all([progress.start(), progress2.start()]);
      },
      async check(system) {
        if (!registered) return ['there was no webhook'];
        const faults = await faultsOf(system, registered);
        const { id, receiver } = registered;
        const query = 'mutation ($id: ID!) { deleteWebhook(id: $id, reason: "the fault is over") }';
        const token = await patiently(() => tokenOf(system.graphUrl, 'operator'));
        await ask(system.graphUrl, query, { id }, { token, ms: 20_000 });
        await receiver.stop();
        return faults;
      },
    },
  ];
}
