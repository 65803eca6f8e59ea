import { connect } from '../local/sql.ts';

export interface Distribution {
  references: readonly string[];
  byUser: readonly string[];
}

/**
 * Spreads a subgraph's tables over the servers of Citus; what is spread already stays, so it may be run after every migration. Resolves to a
 * sentence on what it did, and does nothing where there is no Citus.
 */
export async function distribute(url: string, { references, byUser }: Distribution): Promise<string> {
  const connection = await connect(url);
  const query = <Row>(statement: string, parameters: unknown[] = []) =>
    connection.query<Row>(statement, parameters).then(({ rows }) => rows);
  try {
    const [available] = await query(`select from pg_available_extensions where name = 'citus'`);
    if (!available) return 'this PostgreSQL has no Citus: the tables stay on one server, and nothing was changed';
    await query('create extension if not exists citus');
    const spread = new Set(
      (await query<{ name: string }>('select logicalrelid::regclass::text as name from pg_dist_partition')).map(
        ({ name }) => name,
      ),
    );
    const missing = [...references, ...byUser].filter((table) => !spread.has(table));
    if (missing.length === 0) return 'the tables are spread already';
    // The triggers on tables of players look at rows of the same player alone.
    await query('set citus.enable_unsafe_triggers = on');
    await query(
      `do $$ begin execute format('alter database %I set citus.enable_unsafe_triggers = on', current_database()); end $$`,
    );
    for (const table of missing)
      if (references.includes(table)) await query('select create_reference_table($1::regclass)', [table]);
      else if (table === byUser[0]) await query(`select create_distributed_table($1::regclass, 'user_id')`, [table]);
      else
        await query(`select create_distributed_table($1::regclass, 'user_id', colocate_with => $2)`, [
          table,
          byUser[0],
        ]);
    return `spread over the servers of Citus: ${missing.join(', ')}`;
  } finally {
    await connection.end();
  }
}
