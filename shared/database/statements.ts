import { Client, type ClientBase, type Pool } from 'pg';

/**
 * Statements that PostgreSQL parses once per connection and plans once in a while. To do both for each call takes it as long as to carry out
 * what a batch of thirty asks for. A PgBouncer in between has to be of version 1.21 or later, with max_prepared_statements.
 */
const names = new Map<string, string>();
/** Each connection keeps its own of every one. Who builds texts anew for each call gets those beyond parsed each time. */
const atMost = 500;

/** From now on this text is prepared wherever it is sent with parameters. */
export function prepare(text: string): void {
  if (!names.has(text) && names.size < atMost) names.set(text, `questline_${names.size}`);
}

/** Sends by its name what has one. */
export class PreparingClient extends Client {
  readonly #send = super.query.bind(this) as (...given: unknown[]) => unknown;

  override query = ((text: unknown, values?: unknown, done?: unknown) => {
    const name = typeof text === 'string' && Array.isArray(values) ? names.get(text) : undefined;
    return name ? this.#send({ name, text, values }, done) : this.#send(text, values, done);
  }) as Client['query'];
}

/** A plan that is kept does not know how the tables have grown since, so after this long it is made anew. */
export function planAgain(pool: Pool, afterMs = 5000): void {
  const plannedAt = new WeakMap<ClientBase, number>();
  pool.on('acquire', (client) => {
    const now = performance.now();
    const last = plannedAt.get(client);
    if (last !== undefined && now - last < afterMs) return;
    plannedAt.set(client, now);
    // Whether the connection lives, whoever takes it finds out.
    if (last !== undefined) client.query('discard plans').catch(() => undefined);
  });
}
