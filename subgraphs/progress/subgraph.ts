import type { Carrier } from '../../shared/delivery/carrier.ts';
import { type Clock, wallClock } from '../../shared/clock.ts';
import { openDatabase } from '../../shared/database/database.ts';
import { openDeadLetterDesk } from '../../shared/delivery/deadLetterDesk.ts';
import { sendAuditEntry } from '../../shared/delivery/auditEntries.ts';
import { operatorsOnly, tellRefusals } from '../../shared/subgraph/operators.ts';
import type { Seal } from '../../shared/events.ts';
import type { KeySource } from '../../shared/identity.ts';
import { startInbox } from '../../shared/delivery/inbox.ts';
import { measured, watchOutbox } from '../../shared/delivery/lag.ts';
import type { Log } from '../../shared/process/log.ts';
import { type Meter, noMeter } from '../../shared/process/metrics.ts';
import { OutboxRow } from '../../shared/delivery/outbox.ts';
import type { OlderSchema } from '../../shared/database/migrations.ts';
import { fixPartitions, usualPartitions } from '../../shared/delivery/partitions.ts';
import { startRelay } from '../../shared/delivery/relay.ts';
import { type Subgraph, startSubgraph } from '../../shared/subgraph/subgraph.ts';
import { eventApplier } from './apply.ts';
import { openBackfillDesk } from './backfill/backfillDesk.ts';
import { startBackfills } from './backfill/backfills.ts';
import { contextMaker } from './context.ts';
import { BackfillRow, CompensationRow } from './entities.ts';
import { definitionReader } from './definitions/definitionStore.ts';
import { findLastStored, findStored } from './events/eventStore.ts';
import { findPopupSeqs, findPopups } from './completions/completionStore.ts';
import { progressMigrations } from './migrations/all.ts';
import { type Kept, defaultKept, startMaintenance } from './operations/maintenance.ts';
import { reconcileReading } from './operations/reconciliation.ts';
import { openCompensationDesk } from './pauses/compensationDesk.ts';
import { startCompensations } from './pauses/compensations.ts';
import { openPauseDesk } from './pauses/pauseDesk.ts';
import { openPopups } from './popups/popups.ts';
import { resolvers } from './resolvers.ts';
import { openTail } from './events/tail.ts';
import { type WebhookSettings, startDeliveries } from './webhooks/deliveries.ts';
import { openWebhookDesk } from './webhooks/webhookDesk.ts';
import { watchWebhooks } from './webhooks/webhookMetrics.ts';

export interface ProgressSettings {
  databaseUrl: string;
  host: string;
  port: number;
  gatewaySecret: string;
  /** Secrets that gateways still show, or show already. */
  acceptedGatewaySecrets?: readonly string[];
  carrier: Carrier;
  seal: Seal;
  keys: KeySource;
  log: Log;
  /** What time it is in the game; absent: what time it is. */
  clock?: Clock;
  meter?: Meter;
  /** To the database, for requests; other work has its own in proportion. */
  connections?: number;
  /** A streaming replica of the database, which serves reports. */
  readUrl?: string;
  /** What happens when the tables are older than the program; absent: they are brought up to date. */
  older?: OlderSchema;
  /** Among how many partitions of the users processes share their work; fixed when the data is made. */
  partitions?: number;
  /** For how long events are kept; absent: for ever. */
  kept?: Kept;
  /** Subgraphs that have joined: their events count here too. */
  sources?: readonly string[];
  /** Absent: targets have to be public. */
  webhooks?: WebhookSettings;
}

/** Starts the subgraph of progress and money. What was started is stopped in the opposite order. */
export async function startProgress(settings: ProgressSettings): Promise<Subgraph> {
  const { seal, log, meter = noMeter, clock = wallClock, sources = [], partitions = usualPartitions } = settings;
  const kept = settings.kept ?? { ...defaultKept, eventsDays: 0 };
  const carrier = measured(settings.carrier, meter);
  const database = await openDatabase({
    url: settings.databaseUrl,
    subgraph: 'progress',
    entities: [OutboxRow, BackfillRow, CompensationRow],
    migrations: progressMigrations,
    ...(settings.older && { older: settings.older }),
    ...(settings.connections && { connections: settings.connections }),
    ...(settings.readUrl && { readUrl: settings.readUrl }),
    log,
  });
  await fixPartitions(database, 'progress', partitions).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const [counting, jobs] = [database.of('counting'), database.of('jobs')];
  const em = database.fork();
  const popups = openPopups(
    carrier,
    {
      findPopups: (wishes, limit) => findPopups(em, wishes, limit),
      findPopupSeqs: (userIds) => findPopupSeqs(em, userIds),
    },
    log,
    partitions,
  );
  const tail = openTail(
    {
      findLastStored: () => findLastStored(em),
      findStored: (after, known, limit) => findStored(em, after, known, limit),
    },
    log,
  );
  const maintenance = startMaintenance(jobs, kept, clock, log);
  const relay = startRelay(counting, carrier, seal, 'progress', log, { partitions });
  const readDefinitions = definitionReader();
  const targets = settings.webhooks ?? { allowPrivate: false };
  const deliveries = startDeliveries(
    { database: jobs, partitions, attempted: watchWebhooks(meter, jobs), log },
    targets,
  );
  /** Something was written that travels, to other subgraphs or to webhooks. */
  const wake = () => {
    relay.wake();
    deliveries.wake();
  };
  const notify = (userIds: string[]) => {
    popups.notify(userIds);
    wake();
  };
  const backfills = startBackfills(jobs, { readDefinitions, notify, clock }, log);
  const compensations = startCompensations(jobs, readDefinitions, clock, log);
  const inbox = startInbox(
    counting,
    carrier,
    seal,
    'progress',
    ['catalog', 'auth', ...sources],
    eventApplier({ readDefinitions, notify, published: backfills.wake, clock }),
    log,
    { partitions },
  );
  const deadLetters = openDeadLetterDesk({
    list: 'dead-letters',
    database,
    letters: inbox.deadLetters,
    record: (transaction, entry, now) => sendAuditEntry(transaction, 'progress', entry, now),
  });
  watchOutbox(meter, jobs, carrier, 'progress', partitions);
  meter.gauge('dead_letters', 'Events that could not be applied', () => deadLetters.count());
  meter.gauge('reconcile_differences', 'Statements that did not hold when the database was last reconciled', () =>
    reconcileReading(database),
  );
  meter.gauge('popup_streams', 'Subscriptions that wait for popups', () => popups.open());
  const subgraph = await startSubgraph({
    ...settings,
    schemaFile: new URL('./schema.graphql', import.meta.url),
    resolvers,
    context: contextMaker({
      database,
      inbox,
      deadLetters,
      backfills: openBackfillDesk({
        database,
        readDefinitions,
        wake() {
          backfills.wake();
          relay.wake();
        },
      }),
      pauses: openPauseDesk({ database, readDefinitions, wake: relay.wake }),
      compensations: openCompensationDesk(database, () => {
        compensations.wake();
        relay.wake();
      }),
      webhooks: openWebhookDesk({ database, targets, wake }),
      popups,
      tail,
      readDefinitions,
      operators: operatorsOnly(tellRefusals(database, 'progress', relay.wake)),
      clock,
      wakeRelay: wake,
    }),
    ready: () => jobs.ping(),
  });
  return {
    url: subgraph.url,
    leave: () => subgraph.leave(),
    async stop() {
      await subgraph.stop();
      await inbox.stop();
      await compensations.stop();
      await deliveries.stop();
      await backfills.stop();
      await relay.stop();
      await popups.stop();
      await tail.stop();
      await maintenance.stop();
      await database.close();
    },
  };
}
