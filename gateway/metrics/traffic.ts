import { isCode } from '../../shared/errors.ts';
import type { Meter } from '../../shared/process/metrics.ts';
import type { FetchOutcome } from '../execution/fetch/transport.ts';

/** By which way an operation came in. */
export type DoorName = 'http' | 'socket' | 'events' | 'rest' | 'grpc';

/** Upper bounds of durations, from what a cache answers to what nobody waits for. */
export const secondsBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** Counts what goes through the gateway, where it happens. No label is ever about one user. */
export interface Traffic {
  /** A query or a mutation comes in; call what is returned when it is answered. */
  begin(door: DoorName): () => void;
  /** A client is told of an error with this code. */
  refused(code: unknown): void;
  fetched(service: string, outcome: FetchOutcome, seconds: number): void;
}

export function openTraffic(meter: Meter): Traffic {
  const took = meter.histogram('request_seconds', 'Time until a query or mutation was answered', secondsBounds);
  const fetch = meter.histogram('subgraph_fetch_seconds', 'Time until a subgraph had answered', secondsBounds);
  const byCode = new Map<string, number>();
  meter.counter('errors', 'Errors that clients were told of', () =>
    [...byCode].map(([code, value]) => ({ value, labels: { code } })),
  );
  return {
    begin(door) {
      const began = performance.now();
      return () => took((performance.now() - began) / 1000, { door });
    },
    refused(given) {
      const code = isCode(given) ? given : 'INTERNAL_SERVER_ERROR';
      byCode.set(code, (byCode.get(code) ?? 0) + 1);
    },
    fetched: (service, outcome, seconds) => fetch(seconds, { service, outcome }),
  };
}
