import { startAlone } from './alone.ts';
import type { Carrier } from '../delivery/carrier.ts';
import { type Clock, wallClock } from '../clock.ts';
import { type Database, type MigrationStep, type Transaction, openDatabase } from '../database/database.ts';
import { deletionsMigration, followDeletions } from './deletions.ts';
import { port, required, secret, secrets } from '../process/environment.ts';
import { type EventEnvelope, Seal } from '../events.ts';
import { type SubgraphHealth, findHealth } from '../process/health.ts';
import { type KeySource, remoteKeys } from '../identity.ts';
import { watchOutbox } from '../delivery/lag.ts';
import { type Log, openLog } from '../process/log.ts';
import { type Meter, noMeter } from '../process/metrics.ts';
import type { OlderSchema } from '../database/migrations.ts';
import { type OperatorsOnly, operatorsOnly, tellRefusals } from './operators.ts';
import { OutboxRow, outboxMigration, send } from '../delivery/outbox.ts';
import { fixPartitions, partitionsMigration, usualPartitions } from '../delivery/partitions.ts';
import { startRelay } from '../delivery/relay.ts';
import { run } from '../process/run.ts';
import { eventKey } from '../delivery/sources.ts';
import { type Subgraph, type SubgraphSettings, startSubgraph } from './subgraph.ts';

/** What a subgraph that joins the others is given, in whichever process it runs. */
export interface Surroundings {
  databaseUrl: string;
  host: string;
  port: number;
  /** What the gateway shows to be let in. */
  gatewaySecret: string;
  acceptedGatewaySecrets?: readonly string[];
  /** Stays the caller's to close, after the subgraph has stopped. */
  carrier: Carrier;
  seal: Seal;
  keys: KeySource;
  /** Where auth is, which tells who was deleted. */
  authUrl: string;
  /** Absent: there is no Redis, and what is shared is shared in this process. */
  redisUrl?: string;
  /** What time it is in the game; absent: what time it is. */
  clock?: Clock;
  log: Log;
  meter?: Meter;
  /** To the database, for requests; other work has its own in proportion. */
  connections?: number;
  /** A streaming replica of the database, which serves reports. */
  readUrl?: string;
  /** What happens when the tables are older than the program; absent: they are brought up to date. */
  older?: OlderSchema;
  /** Of the users; absent: the usual number. */
  partitions?: number;
}

/** An event of the subgraph's own: progress counts it for this user, by the type and the data. */
export interface OwnEvent {
  /** 1 to 100 printable characters; with the user it names the event for ever. */
  id: string;
  /** 1 to 64 letters and digits, the first a capital: SongFinished */
  type: string;
  userId: string;
  occurredAt: Date;
  /** An object of at most 8 KiB as JSON. */
  data: Readonly<Record<string, unknown>>;
}

/** What every subgraph has, ready for use. */
export interface Furniture {
  database: Database;
  clock: Clock;
  meter: Meter;
  /** One transaction; the events that it sends travel once it has committed. */
  commit<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Sends events of this subgraph in the transaction of their cause. The same id twice has one effect. */
  send(transaction: Transaction, events: readonly OwnEvent[]): Promise<void>;
  findHealth(): Promise<SubgraphHealth>;
  /** Lets operators pass, and puts on record who was refused. */
  operators: OperatorsOnly;
  /** Whatever is opened here is closed, last first, after the door and before the database. */
  opened: AsyncDisposableStack;
}

/** What a subgraph is made of. */
export type Assembly<Context extends object> = Pick<
  SubgraphSettings<Context>,
  'schemaFile' | 'resolvers' | 'context' | 'route' | 'gatewayRoute'
>;

/** A subgraph that others can start. */
export interface Joined {
  /** As the supergraph and its events call it. */
  name: string;
  /** Where it listens when nothing else is said. */
  port: number;
  start(surroundings: Surroundings): Promise<Subgraph>;
}

interface Parts<Context extends object> {
  name: string;
  port: number;
  /** In order; the outbox has its own before them. */
  migrations: readonly MigrationStep[];
  /** Removes everything that names one of these users, whom auth has deleted for good. It may be called more than once for the same ones. */
  forget(transaction: Transaction, userIds: readonly string[]): Promise<void>;
  assemble(furniture: Furniture, surroundings: Surroundings): Promise<Assembly<Context>> | Assembly<Context>;
}

/** Describes a subgraph that has a database and an outbox of its own, and sends its events under its own name. */
export function joined<Context extends object>({ name, port, migrations, forget, assemble }: Parts<Context>): Joined {
  return {
    name,
    port,
    async start(surroundings) {
      const { carrier, seal, log, clock = wallClock, meter = noMeter, partitions = usualPartitions } = surroundings;
      await using opened = new AsyncDisposableStack();
      const database = await openDatabase({
        url: surroundings.databaseUrl,
        subgraph: name,
        entities: [OutboxRow],
        migrations: [outboxMigration, deletionsMigration, ...migrations, partitionsMigration],
        ...(surroundings.older && { older: surroundings.older }),
        ...(surroundings.connections && { connections: surroundings.connections }),
        ...(surroundings.readUrl && { readUrl: surroundings.readUrl }),
        log,
      });
      opened.defer(() => database.close());
      const [counting, jobs] = [database.of('counting'), database.of('jobs')];
      await fixPartitions(database, name, partitions);
      const relay = startRelay(counting, carrier, seal, name, log, { partitions });
      opened.defer(() => relay.stop());
      opened.defer(followDeletions({ ...surroundings, database: jobs, forget }));
      watchOutbox(meter, jobs, carrier, name, partitions);
      const operators = operatorsOnly(tellRefusals(database, name, relay.wake));
      const furniture: Furniture = {
        database,
        clock,
        meter,
        async commit(work) {
          const result = await database.transaction(work);
          relay.wake();
          return result;
        },
        send: (transaction, events) =>
          send(
            transaction,
            events.map((one) => envelopeOf(name, one)),
          ),
        findHealth: () => database.read(findHealth),
        operators,
        opened,
      };
      const assembly = await assemble(furniture, surroundings);
      const door = await startSubgraph({ ...surroundings, ...assembly, ready: () => jobs.ping() });
      opened.defer(() => door.stop());
      const running = opened.move();
      return { url: door.url, leave: () => door.leave(), stop: () => running.disposeAsync() };
    },
  };
}

const envelopeOf = (source: string, { occurredAt, ...event }: OwnEvent): EventEnvelope => ({
  ...event,
  source,
  version: 1,
  occurredAt: occurredAt.toISOString(),
});

/** Runs a subgraph as a process of its own, by its environment. */
export function runJoined({ name, port: usual, start }: Joined, environment = process.env): Promise<void> {
  const log = openLog(name, environment['LOG_LEVEL']);
  return run(log, async () => {
    const jwksUrl = required(environment, 'JWKS_URL', 'where auth publishes the keys by which tokens are checked');
    const settings = {
      databaseUrl: required(environment, 'DATABASE_URL', "this subgraph's own PostgreSQL database, postgres://..."),
      gatewaySecret: secret(environment, 'GATEWAY_SECRET', 'what the gateway shows to be let in'),
      acceptedGatewaySecrets: secrets(environment, 'GATEWAY_SECRETS_ACCEPTED'),
      seal: Seal.ofSource(name, eventKey(environment)),
      keys: remoteKeys(jwksUrl),
      authUrl: new URL('/', jwksUrl).href,
      host: environment['HOST'] ?? '127.0.0.1',
      port: port(environment, 'PORT', usual),
      log,
    };
    return startAlone(name, environment, log, (ties) => start({ ...settings, ...ties }));
  });
}
