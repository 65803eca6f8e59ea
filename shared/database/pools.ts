import type { Pool } from 'pg';

/** What connections are for. Each sort of work has its own, so that none takes those of another, however much of it there is. */
export type Work = (typeof works)[number];
export const works = ['requests', 'counting', 'jobs', 'reports'] as const;

export interface PoolTerms {
  /** At most. */
  connections: number;
  /** How long a statement may take; nobody waits for the answer to a request any more, and what events or jobs do comes again. */
  statementMs: number;
}

export const usualConnections = 10;

/** The pools of a process that may use so many connections for requests. Each job works alone, one transaction after the other. */
export const poolTerms = (connections: number): Record<Work, PoolTerms> => ({
  requests: { connections, statementMs: 10_000 },
  counting: { connections: Math.ceil(connections / 2), statementMs: 30_000 },
  jobs: { connections: 3, statementMs: 600_000 },
  reports: { connections: Math.ceil(connections / 5), statementMs: 10_000 },
});

/** So many wait for each connection. */
const waitingPerConnection = 100;

/** Every connection is in use, and too many wait for one. The code is PostgreSQL's for too many connections: the same may succeed soon. */
export class PoolExhausted extends Error {
  readonly code = '53300';
  constructor(work: Work, waiting: number) {
    super(`${waiting} wait for a connection to the database for ${work} already`);
    this.name = 'PoolExhausted';
  }
}

/** From now on nobody joins the queue of this pool when it is long. */
export function boundQueue(pool: Pool, work: Work): void {
  const connect = pool.connect.bind(pool);
  const longest = pool.options.max * waitingPerConnection;
  pool.connect = ((...given: Parameters<typeof connect>) => {
    if (pool.waitingCount >= longest) return Promise.reject(new PoolExhausted(work, pool.waitingCount));
    return connect(...given);
  }) as Pool['connect'];
}
