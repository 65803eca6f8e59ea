import type { Database } from '../../../shared/database/database.ts';
import type { Meter, Reading } from '../../../shared/process/metrics.ts';
import { findBacklogs } from './deliveryStore.ts';
import type { Outcome } from './sender.ts';
import { findWebhooks } from './webhookStore.ts';

const kinds = ['DELIVERED', 'GONE', 'STATUS', 'REDIRECT', 'CERTIFICATE', 'ADDRESS', 'TIMEOUT', 'UNREACHABLE'] as const;

/** Shows how deliveries to webhooks do; to be told of each attempt. */
export function watchWebhooks(meter: Meter, database: Database): (outcome: Outcome) => void {
  const attempts = new Map<Outcome['kind'], number>(kinds.map((kind) => [kind, 0]));
  const time = meter.histogram(
    'webhook_attempt_seconds',
    'Time until a target of a webhook answered, or was given up',
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  );
  meter.counter('webhook_attempts', 'Attempts at deliveries to webhooks, by what came of them', () =>
    [...attempts].map(([kind, value]): Reading => ({ value, labels: { outcome: kind.toLowerCase() } })),
  );
  const sum = async (read: (backlog: Awaited<ReturnType<typeof findBacklogs>>[number]) => number) =>
    (await findBacklogs(database.fork())).reduce((before, one) => before + read(one), 0);
  meter.gauge('webhook_waiting', 'Deliveries to webhooks that wait, those included that have failed', () =>
    sum(({ waiting }) => waiting),
  );
  meter.gauge('webhook_dead_letters', 'Deliveries to webhooks that have failed too often', () =>
    sum(({ dead }) => dead),
  );
  meter.gauge('webhook_failing', 'Webhooks whose last attempt has failed, or that were disabled for that', async () => {
    const webhooks = await findWebhooks(database.fork());
    return webhooks.filter((one) => one.failingSince !== null && one.disabledFor !== 'OPERATOR').length;
  });
  meter.gauge(
    'webhook_oldest_seconds',
    'Age of the delivery that has waited longest for an enabled webhook',
    async () => {
      const em = database.fork();
      const enabled = new Set((await findWebhooks(em)).filter((one) => !one.disabledFor).map(({ id }) => id));
      const ages = (await findBacklogs(em)).filter(({ webhookId }) => enabled.has(webhookId));
      return Math.max(0, ...ages.map(({ oldestSeconds }) => oldestSeconds));
    },
  );
  return ({ kind, seconds }) => {
    attempts.set(kind, attempts.get(kind)! + 1);
    time(seconds);
  };
}
