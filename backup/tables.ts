import type { Connection } from '../local/sql.ts';

/** Where MikroORM notes which migrations were applied; restoring applies them again, so it is no part of a dump. */
export const migrationTable = 'mikro_orm_migrations';

/** A name of PostgreSQL, as it stands in statements. */
export const name = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Tables without their partitions, those that others refer to first. */
export async function findTables(connection: Connection): Promise<string[]> {
  const { rows: tables } = await connection.query<{ table: string }>(
    `select relname as table from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by 1`,
  );
  const { rows: references } = await connection.query<{ from: string; to: string }>(
    `select distinct f.relname as from, t.relname as to from pg_constraint
     join pg_class f on f.oid = conrelid join pg_class t on t.oid = confrelid where contype = 'f' and conrelid <> confrelid`,
  );
  const sorted = new Set<string>();
  const place = (table: string, above: readonly string[]): void => {
    if (sorted.has(table)) return;
    if (above.includes(table)) throw new Error(`The tables ${above.join(', ')} refer to each other in a circle.`);
    for (const { from, to } of references) if (from === table) place(to, [...above, table]);
    sorted.add(table);
  };
  for (const { table } of tables) place(table, []);
  return [...sorted];
}

/** The names of the migrations that made this database, in their order. */
export async function findMigrations(connection: Connection): Promise<string[]> {
  const { rows } = await connection.query<{ name: string }>(`select name from ${migrationTable} order by id`);
  return rows.map((row) => row.name);
}
