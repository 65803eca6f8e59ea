import { setTimeout as sleep } from 'node:timers/promises';
import type { Stop } from '../../../shared/delivery/carrier.ts';
import type { Database } from '../../../shared/database/database.ts';
import { type LeaseTimes, startLeases } from '../../../shared/delivery/leases.ts';
import type { Log } from '../../../shared/process/log.ts';
import { partitionOf, streamsOf } from '../../../shared/delivery/partitions.ts';
import { type Pump, openPump } from './pump.ts';
import { openRecorder } from './recorder.ts';
import { type Outcome, type SenderSettings, openSender } from './sender.ts';
import { usualPauses } from './webhook.rules.ts';
import { findWebhooks } from './webhookStore.ts';
import { startRounds } from '../../../shared/process/rounds.ts';

export interface WebhookSettings extends SenderSettings {
  /** Milliseconds after the first failure of a delivery, the second and so on; absent: days in all. */
  pauses?: readonly number[];
  /** How long a target that keeps failing is left alone at first. */
  restMs?: number;
  /** How often they are looked for without being told of. */
  everyMs?: number;
  leases?: LeaseTimes;
}

interface Ties {
  database: Database;
  partitions: number;
  attempted(outcome: Outcome): void;
  log: Log;
}

export interface Deliveries {
  /** There may be something to send. */
  wake(): void;
  stop: Stop;
}

/** What is under way when the process leaves has this long to end; then it is sent again by the next one. */
const leaveMs = 1000;

/** Sends what waits to be sent to webhooks. The processes of the subgraph share the players out among them, by the partitions of the outbox. */
export function startDeliveries({ database, partitions, attempted, log }: Ties, settings: WebhookSettings): Deliveries {
  const { pauses = usualPauses, restMs = 1000, everyMs = 200, leases: times, ...sending } = settings;
  const leases = startLeases(database, 'webhooks', streamsOf('webhooks', partitions), log, times);
  const sender = openSender(sending);
  const recorder = openRecorder(database);
  let isLeaving = false;
  const ending = new AbortController();
  const pumps = new Map<string, Pump>();
  const held = () => (isLeaving ? [] : leases.held().map(partitionOf));
  const ties = { database, sender, recorder, held, partitions, pauses, restMs, signal: ending.signal, attempted, log };

  const round = async () => {
    const webhooks = await findWebhooks(database.fork());
    for (const id of pumps.keys()) if (!webhooks.some((one) => one.id === id)) pumps.delete(id);
    for (const webhook of webhooks) {
      if (webhook.disabledFor) continue;
      const pump = pumps.get(webhook.id) ?? openPump(webhook, ties);
      pumps.set(webhook.id, pump);
      pump.fill(webhook);
    }
  };
  const rounds = startRounds(async () => {
    await round().catch((error: unknown) => log.debug({ error: String(error) }, 'webhooks wait for the database'));
    return false;
  }, everyMs);
  leases.onChange(rounds.wake);
  return {
    // As long as there is no webhook, nobody is asked each time that something happens.
    wake: () => pumps.size > 0 && rounds.wake(),
    async stop() {
      isLeaving = true;
      await rounds.stop();
      const idle = Promise.all([...pumps.values()].map((pump) => pump.idle()));
      await Promise.race([idle, sleep(leaveMs, undefined, { ref: false })]);
      ending.abort();
      recorder.stop();
      await idle;
      await sender.stop();
      await leases.stop();
    },
  };
}
