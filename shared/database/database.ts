import { CompiledQuery } from 'kysely';
import { MikroORM, type Options, type SqlEntityManager } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import { StartRefusal } from '../process/environment.ts';
import type { Log } from '../process/log.ts';
import { type MigrationStep, type OlderSchema, migrate } from './migrations.ts';
import { type Work, boundQueue, poolTerms, usualConnections, works } from './pools.ts';
import { readsBy, refuseStranger } from './readReplica.ts';
import { PreparingClient, planAgain, prepare } from './statements.ts';

export type Transaction = SqlEntityManager;

export type { MigrationStep } from './migrations.ts';

export interface DatabaseSettings {
  url: string;
  subgraph: string;
  entities: Options['entities'];
  migrations: readonly MigrationStep[];
  /** What happens when the tables are older than the program; absent: they are brought up to date. */
  older?: OlderSchema;
  log: Log;
  /** For requests, at most; other work has its own, in proportion. */
  connections?: number;
  /** A streaming replica, which serves reports. */
  readUrl?: string;
  /** How long a statement waits for a lock before it fails; absent: as long as it takes. */
  lockMs?: number;
}

export interface Database {
  /** The same database by the connections for this work; without it: for requests. */
  of(work: Work): Database;
  /** For lists and sums that operators read: they wait for each other, and nobody for them. All that was committed before is there. */
  read<T>(work: (em: Transaction, database: Database) => Promise<T>): Promise<T>;
  /** A unit of work of its own; take one per request. */
  fork(): Transaction;
  /** One transaction; after a serialization failure, a deadlock or too long a pause it is tried again, up to five times. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The rows of one statement, its parameters $1, $2 ... bound by the server; inside the transaction when `em` is one. */
export async function rows<Row>(em: Transaction, statement: string, parameters: unknown[] = []): Promise<Row[]> {
  prepare(statement);
  const result = await em
    .getKysely<Record<string, never>>()
    .executeQuery<Row>(CompiledQuery.raw(statement, parameters));
  return result.rows;
}

/**
 * Reads by indexes that have the order that is asked for. PostgreSQL knows no player by what that one did, so it expects ten rows of anybody; left to
 * itself it sorts all hundred thousand of a busy one to show a page.
 */
export const inIndexOrder = <T>(database: Database, read: (transaction: Transaction) => Promise<T>): Promise<T> =>
  database.transaction(async (transaction) => {
    await transaction.execute('set local enable_sort = off');
    return read(transaction);
  });

/** PostgreSQL: serialization_failure, deadlock_detected, idle_in_transaction_session_timeout. */
const transient = new Set(['40001', '40P01', '25P03']);
/** What says that whose connection was ended while it did nothing. */
const notQueryable = /not queryable/;

export const sqlState = (error: unknown): string | undefined => (error as { code?: string } | undefined)?.code;

/** Is the database away, starting, stopping, or short of something at the moment? Then the same may succeed when it is tried again. */
export function isAway(error: unknown): boolean {
  const isServerTrouble = /^(08|25P03|40|53|55000|55P03|57014|57P|E(?!RR_)[A-Z])/.test(sqlState(error) ?? '');
  return (
    isServerTrouble ||
    /connection (terminated|error|timeout)|timeout exceeded|read timeout|client was closed|not queryable/i.test(
      String(error),
    )
  );
}

/** Opens a subgraph's own database and brings its tables up to date, one process at a time. */
export async function openDatabase({
  url,
  subgraph,
  entities,
  migrations,
  log,
  older = 'apply',
  connections = usualConnections,
  readUrl,
  lockMs = 0,
}: DatabaseSettings): Promise<Database> {
  await migrate(url, subgraph, migrations, log, older).catch((error: unknown) => {
    throw error instanceof StartRefusal ? error : unreachable(subgraph, error);
  });
  const terms = poolTerms(connections);
  const open = async (work: Work, at = url) => {
    const { connections: most, statementMs } = terms[work];
    const orm = await MikroORM.init({
      clientUrl: at,
      entities,
      pool: { min: 0, max: most },
      driverOptions: {
        application_name: `questline-${subgraph}-${work}`,
        connectionTimeoutMillis: 5000,
        lock_timeout: lockMs,
        statement_timeout: statementMs,
        // Of a server that is frozen nothing is heard; the primary can be waited for, and a replica need not.
        ...(at !== url && { query_timeout: statementMs }),
        // A process that was frozen within a transaction holds others up no longer than its leases do.
        idle_in_transaction_session_timeout: 4000,
        // Everything here is looked up by keys. The default is for spinning discs, and has a table of ten thousands of rows read as a whole instead.
        options: '-c random_page_cost=1.1',
        Client: PreparingClient,
        onPoolCreated(pool: Pool) {
          planAgain(pool);
          boundQueue(pool, work);
          // Of a connection that breaks in use, whoever uses it learns by its next statement.
          pool.on('connect', (client) => client.on('error', () => undefined));
        },
      },
      logger: (message) => log.debug(message),
      ensureDatabase: false,
      forceUtcTimezone: true,
    }).catch((error: unknown) => {
      throw unreachable(subgraph, error);
    });
    return databaseOf(orm);
  };
  const [requests, counting, jobs, reports, replica] = await Promise.all([
    ...works.map((work) => open(work)),
    ...(readUrl ? [open('reports', readUrl)] : []),
  ] as [Promise<Pooled>, Promise<Pooled>, Promise<Pooled>, Promise<Pooled>, Promise<Pooled>?]);
  const pools: Record<Work, Pooled> = { requests, counting, jobs, reports };
  const close = async () =>
    void (await Promise.all([...Object.values(pools), ...(replica ? [replica] : [])].map((pool) => pool.close())));
  const whole = (pool: Pooled): Database => ({ ...pool, of, read, close });
  const of = (work: Work) => whole(pools[work]);
  const reading = replica ? readsBy(reports, replica, log) : <T>(work: (at: Pooled) => Promise<T>) => work(reports);
  const read: Database['read'] = (work) => reading((at) => work(at.fork(), whole(at)));
  if (replica)
    await refuseStranger(reports, replica, subgraph, log).catch(async (error: unknown) => {
      await close();
      throw error;
    });
  return of('requests');
}

type Pooled = Omit<Database, 'of' | 'read'>;

/** A database by one pool of connections. */
function databaseOf(orm: MikroORM): Pooled {
  const fork = () => orm.em.fork();
  return {
    fork,
    ping: async () => void (await orm.em.fork().execute('select 1')),
    close: () => orm.close(true),
    async transaction(work) {
      for (let attempt = 1; ; attempt++)
        try {
          return await once(fork(), work);
        } catch (error) {
          const mayPass = transient.has(sqlState(error) ?? '') || notQueryable.test(String(error));
          if (attempt === 5 || !mayPass) throw error;
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
        }
    },
  };
}

/**
 * Not the ORM's own `transactional`: when BEGIN, COMMIT or ROLLBACK fails, as on a connection that has died, that one never gives the connection
 * back, and after as many as the pool holds the process waits for ever.
 */
async function once<T>(em: Transaction, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  let cause: { error: unknown } | undefined;
  try {
    return await em
      .getKysely<Record<string, never>>()
      .transaction()
      .execute(async (transaction) => {
        try {
          em.setTransactionContext(transaction);
          const result = await work(em);
          await em.flush();
          return result;
        } catch (error) {
          cause = { error };
          throw error;
        }
      });
  } catch (error) {
    // A rollback that fails as well must not hide why there had to be one.
    throw cause ? cause.error : error;
  }
}

function unreachable(subgraph: string, error: unknown): StartRefusal {
  const reason = error instanceof Error ? error.message : String(error);
  return new StartRefusal(
    `The database of ${subgraph} cannot be used: ${reason}`,
    'Check that PostgreSQL is running and that DATABASE_URL names a database that exists, with a user who may create tables in it.',
  );
}
