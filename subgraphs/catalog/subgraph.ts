import type { Carrier } from '../../shared/delivery/carrier.ts';
import { type Clock, wallClock } from '../../shared/clock.ts';
import { openDatabase } from '../../shared/database/database.ts';
import { operatorsOnly, tellRefusals } from '../../shared/subgraph/operators.ts';
import type { Seal } from '../../shared/events.ts';
import { findHealth } from '../../shared/process/health.ts';
import type { KeySource, Readers } from '../../shared/identity.ts';
import { watchOutbox } from '../../shared/delivery/lag.ts';
import type { Log } from '../../shared/process/log.ts';
import { type Meter, noMeter } from '../../shared/process/metrics.ts';
import { OutboxRow } from '../../shared/delivery/outbox.ts';
import type { OlderSchema } from '../../shared/database/migrations.ts';
import { fixPartitions, usualPartitions } from '../../shared/delivery/partitions.ts';
import { startRelay } from '../../shared/delivery/relay.ts';
import { type Subgraph, startSubgraph } from '../../shared/subgraph/subgraph.ts';
import { openCache } from './cache/cache.ts';
import { localShelf } from './cache/cacheLocal.ts';
import { connectShelf } from './cache/cacheRedis.ts';
import { contextOf } from './context.ts';
import { QuestRow, QuestVersionRow, RewardRow } from './entities.ts';
import { openLookups } from './cache/lookups.ts';
import { catalogMigrations } from './migrations/all.ts';
import { resolvers } from './resolvers.ts';
import { seedQuests } from './seed.ts';
import { openStore } from './store.ts';

export interface CatalogSettings {
  databaseUrl: string;
  host: string;
  port: number;
  gatewaySecret: string;
  /** Secrets that gateways still show, or show already. */
  acceptedGatewaySecrets?: readonly string[];
  /** Stays the caller's: whoever opened it closes it after the subgraph has stopped. */
  carrier: Carrier;
  seal: Seal;
  keys: KeySource;
  /** Where quests are cached; absent: in this process. */
  redisUrl?: string;
  /** Who may read quests and rewards; absent: the signed in. */
  readers?: Readers;
  /** Creates the demo quests. */
  demo: boolean;
  /** What time it is in the game; absent: what time it is. */
  clock?: Clock;
  log: Log;
  meter?: Meter;
  /** To the database, for requests; other work has its own in proportion. */
  connections?: number;
  /** What happens when the tables are older than the program; absent: they are brought up to date. */
  older?: OlderSchema;
  /** Among how many partitions of the users processes share their work; fixed when the data is made. */
  partitions?: number;
}

/** Starts the catalog; `stop` closes, in the opposite order, all that it opened. */
export async function startCatalog(settings: CatalogSettings): Promise<Subgraph> {
  const { databaseUrl: url, carrier, seal, redisUrl, log, clock = wallClock, readers = 'signed in' } = settings;
  const { partitions = usualPartitions } = settings;
  await using opened = new AsyncDisposableStack();
  const database = opened.adopt(
    await openDatabase({
      url,
      subgraph: 'catalog',
      entities: [QuestRow, RewardRow, QuestVersionRow, OutboxRow],
      migrations: catalogMigrations,
      ...(settings.older && { older: settings.older }),
      ...(settings.connections && { connections: settings.connections }),
      log,
    }),
    (database) => database.close(),
  );
  const [counting, jobs] = [database.of('counting'), database.of('jobs')];
  await fixPartitions(database, 'catalog', partitions);
  const shelf = opened.adopt(redisUrl ? connectShelf(redisUrl, log) : localShelf(), (shelf) => shelf.close());
  const relay = opened.adopt(startRelay(counting, carrier, seal, 'catalog', log, { partitions }), (relay) =>
    relay.stop(),
  );
  watchOutbox(settings.meter ?? noMeter, jobs, carrier, 'catalog', partitions);
  const cache = openCache(shelf);
  const store = openStore(database, async (quests) => {
    relay.wake();
    await lookups.keep(quests);
  });
  const lookups = openLookups(cache, store);
  if (settings.demo) await seedQuests(store, clock());
  const door = await startSubgraph({
    ...settings,
    schemaFile: new URL('./schema.graphql', import.meta.url),
    resolvers,
    context: contextOf(
      store,
      lookups,
      cache,
      operatorsOnly(tellRefusals(database, 'catalog', relay.wake)),
      () => database.read(findHealth),
      clock,
      readers,
    ),
    ready: () => jobs.ping(),
  });
  opened.defer(() => door.stop());
  const running = opened.move();
  return { url: door.url, leave: () => door.leave(), stop: () => running.disposeAsync() };
}
