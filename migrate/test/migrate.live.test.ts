import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from '../../shared/testing/childEnvironment.ts';
import { type Connection, connect } from '../../local/sql.ts';
import { type MigrationStep, openDatabase } from '../../shared/database/database.ts';
import { openLog } from '../../shared/process/log.ts';
import { migrate } from '../../shared/database/migrations.ts';
import { OutboxRow } from '../../shared/delivery/outbox.ts';
import { testDatabase, until } from '../../shared/testing/harness.ts';
import { distribution } from '../../subgraphs/progress/distribution.ts';
import { progressMigrations } from '../../subgraphs/progress/migrations/all.ts';

const log = openLog('test', 'silent');
const first: MigrationStep = { name: 'first', statements: ['create table thing (id int primary key, n int)'] };
const second: MigrationStep = { name: 'second', statements: ['alter table thing add column m int'] };
const third: MigrationStep = {
  name: 'third',
  statements: ['create index concurrently if not exists thing_n on thing (n)'],
  concurrently: true,
};
const dropped: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const drop of dropped.reverse()) await drop();
});
async function empty(): Promise<{ url: string; connection: Connection }> {
  const { url, drop } = await testDatabase('migrate', async () => {});
  const connection = await connect(url);
  dropped.push(drop, () => connection.end());
  return { url, connection };
}

test('an empty database gets all its tables, and then is up to date', async () => {
  const { url } = await empty();
  const steps = [first, second, third];
  expect(await migrate(url, 'things', steps, log)).toEqual(['first', 'second', 'third']);
  expect(await migrate(url, 'things', steps, log)).toEqual([]);
});

test('a process that must not migrate fills an empty database, and refuses an older one in one line', async () => {
  const { url } = await empty();
  const open = (...migrations: MigrationStep[]) =>
    openDatabase({ url, subgraph: 'things', entities: [OutboxRow], migrations, older: 'require', log });
  await (await open(first)).close();
  await (await open(first)).close();
  await expect(open(first, second, third)).rejects.toMatchObject({
    message: 'The database of things is older than this program: it lacks second and 1 more.',
    fix: 'Run npm run migrate before the processes of a new version start, or start them with MIGRATE=true.',
  });
  await migrate(url, 'things', [first, second, third], log);
  await expect(open(first)).rejects.toThrow('written by a newer version of Questline (second, third)');
});

test('a table in use is waited for in short turns, between which others get their turn', async () => {
  const { url, connection } = await empty();
  await migrate(url, 'things', [first], log);
  await connection.query('begin');
  await connection.query('select count(*) from thing');
  const migrating = migrate(url, 'things', [first, second, third], log);
  const another = await connect(url);
  dropped.push(() => another.end());
  await until(
    async () =>
      (
        await another.query(
          `select from pg_stat_activity where wait_event_type = 'Lock' and query like 'alter table thing%'`,
        )
      ).rows.length,
    'the step to wait for the table',
  );
  // It stands behind the step, and does so until the step gives way.
  await another.query('insert into thing (id) values (1)');
  await connection.query('commit');
  expect(await migrating).toEqual(['second', 'third']);
  expect((await another.query('select id, m from thing')).rows).toEqual([{ id: 1, m: null }]);
});

test('of many that migrate at once, one does, and a step that fails leaves those before it', async () => {
  const { url, connection } = await empty();
  await migrate(url, 'things', [first], log);
  const broken: MigrationStep = { name: 'broken', statements: ['create table other (id int)', 'select 1/0'] };
  const outcomes = await Promise.allSettled(
    Array.from({ length: 3 }, () => migrate(url, 'things', [first, second, broken], log)),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  const { rows } = await connection.query<{ name: string }>('select name from mikro_orm_migrations order by id');
  expect(rows.map(({ name }) => name)).toEqual(['first', 'second']);
  expect((await connection.query(`select to_regclass('other') as other`)).rows).toEqual([{ other: null }]);
});

describe('what players have', () => {
  let connection: Connection;
  let url: string;
  beforeAll(async () => {
    ({ url, connection } = await empty());
    await migrate(url, 'progress', progressMigrations, log);
  });
  const names = async (statement: string) =>
    (await connection.query<{ name: string }>(statement)).rows.map(({ name }) => name);

  test('is in tables that can be spread by user_id, each of which the distribution names', async () => {
    const tables = await names(
      `select relname as name from pg_class join pg_attribute on attrelid = pg_class.oid
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and attname = 'user_id'`,
    );
    expect([...distribution.byUser].sort()).toEqual(tables.sort());
  });

  test('is unique by user_id, and refers to others by it', async () => {
    const list = distribution.byUser.map((table) => `'${table}'::regclass`).join();
    // To a reference table, which is on every server, one may refer without.
    const references = distribution.references.map((table) => `'${table}'::regclass`).join();
    const keys = await names(
      `select indexrelid::regclass::text as name from pg_index where indisunique and indrelid in (${list})
         and not exists (select from pg_attribute where attrelid = indrelid and attnum = any(indkey) and attname = 'user_id')
       union all
       select conname from pg_constraint where contype = 'f' and conrelid in (${list}) and confrelid not in (${references})
         and not exists (select from pg_attribute where attrelid = conrelid and attnum = any(conkey) and attname = 'user_id')`,
    );
    expect(keys).toEqual([]);
  });

  test('stays where it is on a PostgreSQL without Citus, and the command says so', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--no-warnings', join(import.meta.dirname, '../main.ts'), '--distributed'],
      { env: { ...childEnvironment(), PROGRESS_DATABASE_URL: url } },
    );
    expect(stdout).toBe(
      'progress: up to date\nprogress: this PostgreSQL has no Citus: the tables stay on one server, and nothing was changed\n',
    );
  });
});
