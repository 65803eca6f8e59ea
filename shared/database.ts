import { CompiledQuery } from 'kysely';
import { MikroORM, type Options, type SqlEntityManager } from '@mikro-orm/postgresql';
import { Migration, Migrator } from '@mikro-orm/migrations';
import type { Pool } from 'pg';
import { StartRefusal } from './environment.ts';
import type { Log } from './log.ts';
import { PreparingClient, planAgain, prepare } from './statements.ts';

export type Transaction = SqlEntityManager;

/** A migration as data: statements that run once, in the order of the list, in one transaction. */
export interface MigrationStep {
  name: string;
  statements: readonly string[];
}

export interface DatabaseSettings {
  url: string;
  subgraph: string;
  entities: Options['entities'];
  migrations: readonly MigrationStep[];
  log: Log;
  /** Connections at most. */
  connections?: number;
  /** How long a statement waits for a lock before it fails; absent: as long as it takes. */
  lockMs?: number;
}

export interface Database {
  /** A unit of work of its own; take one per request. */
  fork(): Transaction;
  /** One transaction; a serialization failure or a deadlock is tried again, up to five times. */
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

/** Any 64-bit number that no other use of advisory locks in this database has. */
const migrationLock = 4_711_001;
/** PostgreSQL: serialization_failure, deadlock_detected. */
const transient = new Set(['40001', '40P01']);

export const sqlState = (error: unknown): string | undefined => (error as { code?: string } | undefined)?.code;

/** Is the database away, starting, stopping, or short of something at the moment? Then the same may succeed when it is tried again. */
export function isAway(error: unknown): boolean {
  const isServerTrouble = /^(08|40|53|55000|55P03|57014|57P|E(?!RR_)[A-Z])/.test(sqlState(error) ?? '');
  return (
    isServerTrouble || /connection (terminated|error|timeout)|timeout exceeded|client was closed/i.test(String(error))
  );
}

/** Opens a subgraph's own database and brings its tables up to date, one process at a time. */
export async function openDatabase({
  url,
  subgraph,
  entities,
  migrations,
  log,
  connections = 10,
  lockMs = 0,
}: DatabaseSettings): Promise<Database> {
  const orm = await MikroORM.init({
    clientUrl: url,
    entities,
    pool: { min: 0, max: connections },
    extensions: [Migrator],
    migrations: { migrationsList: migrations.map(asClass), snapshot: false, silent: true },
    driverOptions: {
      application_name: `questline-${subgraph}`,
      connectionTimeoutMillis: 5000,
      lock_timeout: lockMs,
      // A process that was frozen within a transaction holds others up no longer than its leases do.
      idle_in_transaction_session_timeout: 4000,
      // Everything here is looked up by keys. The default is for spinning discs, and has a table of ten thousands of rows read as a whole instead.
      options: '-c random_page_cost=1.1',
      Client: PreparingClient,
      onPoolCreated(pool: Pool) {
        planAgain(pool);
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
  try {
    await migrate(orm, subgraph, migrations);
  } catch (error) {
    await orm.close(true);
    throw error instanceof StartRefusal ? error : unreachable(subgraph, error);
  }
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
          if (attempt === 5 || !transient.has(sqlState(error) ?? '')) throw error;
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

async function migrate(orm: MikroORM, subgraph: string, migrations: readonly MigrationStep[]): Promise<void> {
  await orm.em.fork().transactional(async (transaction) => {
    // However long another process takes to migrate.
    await transaction.execute('set local lock_timeout = 0');
    // Held until this transaction ends, so that of several processes that start at once one migrates and the others find it done.
    await transaction.execute('select pg_advisory_xact_lock(?)', [migrationLock]);
    await orm.migrator.up();
    const known = new Set(migrations.map((step) => step.name));
    const newer = (await orm.migrator.getExecuted()).map((row) => row.name).filter((name) => !known.has(name));
    if (newer.length > 0)
      throw new StartRefusal(
        `The database of ${subgraph} was written by a newer version of Questline (${newer.join(', ')}).`,
        'Start that version, or give this one another database.',
      );
  });
}

function asClass({ name, statements }: MigrationStep) {
  class Step extends Migration {
    override up(): void {
      for (const statement of statements) this.addSql(statement);
    }
  }
  return { name, class: Step };
}

function unreachable(subgraph: string, error: unknown): StartRefusal {
  const reason = error instanceof Error ? error.message : String(error);
  return new StartRefusal(
    `The database of ${subgraph} cannot be used: ${reason}`,
    'Check that PostgreSQL is running and that DATABASE_URL names a database that exists, with a user who may create tables in it.',
  );
}
