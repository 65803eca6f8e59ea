import { createRequire } from 'node:module';

/** One connection to PostgreSQL, as far as it is used here. */
export interface Connection {
  query<Row>(statement: string, parameters?: unknown[]): Promise<{ rows: Row[] }>;
  end(): Promise<void>;
}
interface Client extends Connection {
  connect(): Promise<void>;
  on(event: 'error', hear: (error: Error) => void): void;
}

// `pg` comes with @mikro-orm/postgresql and brings no types. The ORM itself does not fit here: a session lock needs one connection
// that stays the same, and CREATE DATABASE must stand outside of any transaction.
const pg = createRequire(import.meta.url)('pg') as {
  Client: new (settings: { connectionString: string; connectionTimeoutMillis: number }) => Client;
};

/** Connects once; a connection that breaks later is noticed by its next query. */
export async function connect(url: string): Promise<Connection> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** The name in quotes, for statements that take no parameters. */
export function quoted(name: string): string {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) throw new Error(`"${name}" is no name for a database.`);
  return `"${name}"`;
}
