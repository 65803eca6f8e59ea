import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { type Connection, connect } from '../local/sql.ts';
import { type MigrationStep, openDatabase } from '../shared/database/database.ts';
import { StartRefusal } from '../shared/process/environment.ts';
import { openLog } from '../shared/process/log.ts';
import { OutboxRow } from '../shared/delivery/outbox.ts';
import type { DatabaseInBackup } from './manifest.ts';
import { findTables, migrationTable, name } from './tables.ts';

const rowsAtOnce = 1000;

/** The program's steps that the backup had, in their order. Throws StartRefusal for a backup of a newer program. */
export function stepsOf(
  database: string,
  had: readonly string[],
  migrations: readonly MigrationStep[],
): MigrationStep[] {
  const known = new Set(migrations.map((step) => step.name));
  const newer = had.filter((step) => !known.has(step));
  if (newer.length > 0)
    throw new StartRefusal(
      `The backup of ${database} was made by a newer version of Questline (${newer.join(', ')}).`,
      'Restore it by that version.',
    );
  const wanted = new Set(had);
  return migrations.filter((step) => wanted.has(step.name));
}

/** Throws StartRefusal unless there is nothing at all in the database. */
export async function refuseUnlessEmpty(database: string, url: string): Promise<void> {
  const connection = await connect(url).catch((error: unknown) => {
    throw new StartRefusal(
      `The database of ${database} cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
      'Create it, and let a user own it who may create tables.',
    );
  });
  const { rows } = await connection
    .query<{ n: number }>(
      `select count(*)::int as n from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'S')`,
    )
    .finally(() => connection.end());
  if (rows[0]!.n > 0)
    throw new StartRefusal(
      `The database of ${database} is not empty: a backup is restored into new databases only.`,
      'Create another database, and let the subgraph use it once everything is restored.',
    );
}

/** Makes the tables as the backup had them and fills them, in one transaction; what the program has added since is applied when it starts. */
export async function load(
  database: string,
  url: string,
  folder: string,
  { file, partitions, sequences, tables }: DatabaseInBackup,
  steps: readonly MigrationStep[],
): Promise<number> {
  const log = openLog('restore', 'warn');
  await (await openDatabase({ url, subgraph: database, entities: [OutboxRow], migrations: steps, log })).close();
  const connection = await connect(url);
  try {
    await connection.query('begin');
    const there = (await findTables(connection)).filter((table) => table !== migrationTable);
    // What migrations have put there is in the backup as well.
    for (const table of there) await connection.query(`alter table ${name(table)} disable trigger user`);
    for (const table of there.toReversed())
      if (await hasRows(connection, table)) await connection.query(`delete from ${name(table)}`);
    await makePartitions(connection, partitions);
    const counts = await fill(connection, join(folder, file));
    for (const [table, count] of Object.entries(tables))
      if (counts.get(table) !== count)
        throw new Error(`${table} of ${database} has ${counts.get(table) ?? 0} rows, and the backup says ${count}`);
    for (const [sequence, last] of Object.entries(sequences))
      await connection.query('select setval($1::regclass, $2::bigint)', [name(sequence), last]);
    // Where a carrier held the events before means nothing now.
    await connection.query('update outbox set position = null, published_at = null');
    await connection.query('set constraints all immediate');
    for (const table of there) await connection.query(`alter table ${name(table)} enable trigger user`);
    await connection.query('commit');
    await connection.query('analyze');
    return [...counts.values()].reduce((sum, count) => sum + count, 0);
  } finally {
    await connection.end();
  }
}

/** Those that were there, in place of those that migrations make by today's date. */
async function makePartitions(connection: Connection, wanted: DatabaseInBackup['partitions']): Promise<void> {
  const { rows } = await connection.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relispartition and relkind = 'r'`,
  );
  for (const partition of rows) await connection.query(`drop table ${name(partition.name)}`);
  for (const partition of wanted) {
    if (!/^(DEFAULT|FOR VALUES FROM \([^;]*\) TO \([^;]*\))$/.test(partition.bound))
      throw new Error(`${partition.name} is bounded in a way that is not known here: ${partition.bound}`);
    await connection.query(
      `create table ${name(partition.name)} partition of ${name(partition.of)} ${partition.bound}`,
    );
  }
}

async function hasRows(connection: Connection, table: string): Promise<boolean> {
  const { rows } = await connection.query<{ some: boolean }>(`select exists (select from ${name(table)}) as some`);
  return rows[0]!.some;
}

/** What is written of a row; the rest follows from it. */
async function columnsOf(connection: Connection, table: string): Promise<string[]> {
  const { rows } = await connection.query<{ column: string }>(
    `select attname as column from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''
     order by attnum`,
    [name(table)],
  );
  return rows.map(({ column }) => name(column));
}

async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path).compose(createGunzip()).setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') throw new Error(`${path} ends within a line`);
}

async function fill(connection: Connection, path: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let table = '';
  let held: string[] = [];
  const write = async () => {
    if (held.length === 0) return;
    const columns = await columnsOf(connection, table);
    await connection.query(
      `insert into ${name(table)} (${columns.join(', ')}) overriding system value
       select ${columns.map((column) => `r.${column}`).join(', ')} from unnest($1::jsonb[]) line cross join lateral jsonb_populate_record(null::${name(table)}, line) r`,
      [held],
    );
    counts.set(table, counts.get(table)! + held.length);
    held = [];
  };
  for await (const line of linesOf(path)) {
    const head = /^\{"table":"([^"]+)"\}$/.exec(line);
    if (head) {
      await write();
      table = head[1]!;
      counts.set(table, 0);
    } else if (held.push(line) === rowsAtOnce) await write();
  }
  await write();
  return counts;
}
