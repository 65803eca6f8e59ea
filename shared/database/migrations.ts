import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { StartRefusal } from '../process/environment.ts';
import type { Log } from '../process/log.ts';

/** A migration as data: statements that run once, in the order of the list, in one transaction. */
export interface MigrationStep {
  name: string;
  statements: readonly string[];
  /** Outside of a transaction, as CREATE INDEX CONCURRENTLY wants it: each statement may run again after it has failed half way. */
  concurrently?: true;
}

/** `apply`: bring it up to date. `require`: make the tables of an empty database, and refuse one that is older than the program. */
export type OlderSchema = 'apply' | 'require';

/** Any 64-bit number that no other use of advisory locks in this database has. */
const migrationLock = 4_711_001;
/** Whoever waits for a lock on a table makes all wait who come after, so nobody waits for long. */
const lockMs = 2000;
const lockTries = 60;
const lockNotAvailable = '55P03';

/**
 * Brings the tables of a subgraph up to date, one process at a time. Each step commits by itself, so that it holds its locks no longer than it
 * takes, and tries again when a lock is not to be had; other processes of this version and the last go on meanwhile. Resolves to the names
 * of the steps that it ran. Throws StartRefusal.
 */
export async function migrate(
  url: string,
  subgraph: string,
  steps: readonly MigrationStep[],
  log: Log,
  older: OlderSchema = 'apply',
): Promise<string[]> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 5000,
    application_name: 'questline-migrate',
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    // However long another process takes to migrate; held until this connection ends.
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await refuseReplica(client, subgraph);
    const executed = await executedSteps(client);
    refuseNewer(subgraph, executed, steps);
    const pending = steps.filter(({ name }) => !executed.includes(name));
    const isNew = executed.length === 0;
    if (pending.length > 0 && !isNew && older === 'require') refuseOlder(subgraph, pending);
    if (isNew) await createTables(client, pending);
    else for (const step of pending) await runOnline(client, step, log);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** The table is that of MikroORM, which ran these steps before. */
async function executedSteps(client: Client): Promise<string[]> {
  await client.query(
    `create table if not exists mikro_orm_migrations (
       id serial primary key, name varchar(255), executed_at timestamptz default current_timestamp)`,
  );
  const { rows } = await client.query<{ name: string }>('select name from mikro_orm_migrations order by id');
  return rows.map(({ name }) => name);
}

const note = (client: Client, { name }: MigrationStep) =>
  client.query('insert into mikro_orm_migrations (name) values ($1)', [name]);

/** Nobody uses it yet: all at once, or nothing. */
async function createTables(client: Client, steps: readonly MigrationStep[]): Promise<void> {
  await inTransaction(client, async () => {
    for (const step of steps) {
      for (const statement of step.statements) await client.query(statement.replace(/ concurrently /i, ' '));
      await note(client, step);
    }
  });
}

async function runOnline(client: Client, step: MigrationStep, log: Log): Promise<void> {
  log.info({ step: step.name }, 'the tables are changed');
  await client.query(`select set_config('lock_timeout', $1, false)`, [`${lockMs}ms`]);
  for (let attempt = 1; ; attempt++)
    try {
      if (!step.concurrently)
        return await inTransaction(client, async () => {
          for (const statement of step.statements) await client.query(statement);
          await note(client, step);
        });
      for (const statement of step.statements) await client.query(statement);
      await note(client, step);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== lockNotAvailable || attempt === lockTries) throw error;
      log.info({ step: step.name, attempt }, 'a table is in use: the step is tried again');
      // Those who have queued up meanwhile come first.
      await sleep(100 + Math.random() * 400);
    }
}

async function inTransaction(client: Client, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function refuseReplica(client: Client, subgraph: string): Promise<void> {
  const { rows } = await client.query<{ replica: boolean }>('select pg_is_in_recovery() as replica');
  if (rows[0]!.replica)
    throw new StartRefusal(
      `The database of ${subgraph} is a replica, which takes no writes.`,
      'Set DATABASE_URL to the primary; a replica belongs into DATABASE_READ_URL.',
    );
}

function refuseNewer(subgraph: string, executed: readonly string[], steps: readonly MigrationStep[]): void {
  const newer = executed.filter((name) => !steps.some((step) => step.name === name));
  if (newer.length > 0)
    throw new StartRefusal(
      `The database of ${subgraph} was written by a newer version of Questline (${newer.join(', ')}).`,
      'Start that version, or give this one another database.',
    );
}

function refuseOlder(subgraph: string, pending: readonly MigrationStep[]): never {
  const [first, ...more] = pending.map(({ name }) => name);
  throw new StartRefusal(
    `The database of ${subgraph} is older than this program: it lacks ${first}${more.length > 0 ? ` and ${more.length} more` : ''}.`,
    'Run npm run migrate before the processes of a new version start, or start them with MIGRATE=true.',
  );
}
