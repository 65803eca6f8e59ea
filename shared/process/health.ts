import { type Transaction, rows } from '../database/database.ts';

/** How a subgraph does, in what it has to tell the others. */
export interface SubgraphHealth {
  /** Events that not everyone who must know has confirmed. */
  outboxEvents: number;
  /** Of the oldest of them; 0 when there is none. */
  outboxAgeSeconds: number;
  /** Of the oldest that was not even published. */
  relayLagSeconds: number;
}

export async function findHealth(em: Transaction): Promise<SubgraphHealth> {
  const age = (condition: string) =>
    `coalesce(extract(epoch from clock_timestamp() - min(created_at) filter (where ${condition})), 0)::float`;
  const [health] = await rows<SubgraphHealth>(
    em,
    `select count(*)::int as "outboxEvents", ${age('true')} as "outboxAgeSeconds", ${age('published_at is null')} as "relayLagSeconds"
     from outbox`,
  );
  return health!;
}
