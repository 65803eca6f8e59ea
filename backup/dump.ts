import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Connection } from '../local/sql.ts';
import { type DatabaseInBackup, digestOf } from './manifest.ts';
import { findMigrations, findTables, migrationTable, name } from './tables.ts';

const rowsAtOnce = 2000;

/** Writes what a snapshot shows of a database to a file in the folder, however much it is. */
export async function dump(connection: Connection, folder: string, database: string): Promise<DatabaseInBackup> {
  const file = `${database}.ndjson.gz`;
  const counts: Record<string, number> = {};
  const tables = (await findTables(connection)).filter((table) => table !== migrationTable);
  const lines = async function* () {
    for (const table of tables) {
      yield `${JSON.stringify({ table })}\n`;
      counts[table] = 0;
      for await (const rows of rowsOf(connection, table)) {
        counts[table] += rows.length;
        yield rows.map((row) => `${row}\n`).join('');
      }
    }
  };
  await pipeline(
    Readable.from(lines()),
    createGzip({ level: 1 }),
    createWriteStream(join(folder, file), { flags: 'wx' }),
  );
  return {
    file,
    sha256: await digestOf(join(folder, file)),
    migrations: await findMigrations(connection),
    partitions: await findPartitions(connection),
    sequences: await findSequences(connection),
    tables: counts,
  };
}

async function* rowsOf(connection: Connection, table: string): AsyncGenerator<string[]> {
  await connection.query(`declare dumped no scroll cursor for select to_jsonb(t)::text as row from ${name(table)} t`);
  for (;;) {
    const { rows } = await connection.query<{ row: string }>(`fetch ${rowsAtOnce} from dumped`);
    if (rows.length > 0) yield rows.map(({ row }) => row);
    if (rows.length < rowsAtOnce) break;
  }
  await connection.query('close dumped');
}

async function findPartitions(connection: Connection): Promise<DatabaseInBackup['partitions']> {
  const { rows } = await connection.query<{ name: string; of: string; bound: string }>(
    `select c.relname as name, p.relname as of, pg_get_expr(c.relpartbound, c.oid) as bound
     from pg_inherits join pg_class c on c.oid = inhrelid join pg_class p on p.oid = inhparent
     where c.relispartition and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1`,
  );
  return rows;
}

async function findSequences(connection: Connection): Promise<Record<string, string>> {
  const { rows } = await connection.query<{ name: string; last: string }>(
    `select sequencename as name, last_value::text as last from pg_sequences
     where schemaname = 'public' and last_value is not null and sequencename not like '${migrationTable}%' order by 1`,
  );
  return Object.fromEntries(rows.map(({ name, last }) => [name, last]));
}
