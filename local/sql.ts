import { Client } from 'pg';

/** One connection to PostgreSQL, as far as it is used here. */
export interface Connection {
  query<Row>(statement: string, parameters?: unknown[]): Promise<{ rows: Row[] }>;
  end(): Promise<void>;
}

/**
 * Connects once; a connection that breaks later is noticed by its next query. The ORM does not fit here: a session lock needs one connection
 * that stays the same, and CREATE DATABASE must stand outside of any transaction.
 */
export async function connect(url: string): Promise<Connection> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  await client.connect();
  return client as Connection;
}

/** The name in quotes, for statements that take no parameters. */
export function quoted(name: string): string {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) throw new Error(`"${name}" is no name for a database.`);
  return `"${name}"`;
}
