import type { Cluster, Redis } from 'ioredis';
import { CircuitBreaker } from '../../../shared/process/circuitBreaker.ts';
import { inTime } from '../../../shared/redis/redis.ts';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';

/** Counts per key, each until its time is over. */
export interface AttemptCounter {
  get(key: string): Promise<RateLimiterRes | null>;
  penalty(key: string): Promise<RateLimiterRes>;
  block(key: string, seconds: number): Promise<RateLimiterRes>;
  delete(key: string): Promise<unknown>;
}

export interface Counted {
  keyPrefix: string;
  points: number;
  /** In seconds. */
  duration: number;
}

/** What Redis said is kept in this process no longer: enough for a Redis that is late, and no memory for each name that was ever tried. */
const keptSeconds = 60;

/**
 * Counts in Redis, so that all processes count together. While Redis is away or late this process goes on by itself from what it knows; a
 * command that was answered too late was most likely executed, so that both counts stay the same. After a few of those it is not asked for a moment: while a
 * cluster looks for a new master, nobody who signs in waits for it.
 */
export function attemptCounter(
  redis: Redis | Cluster | undefined,
  counted: Counted,
  breaker = new CircuitBreaker({ failures: 3, pauseMs: 1000 }),
): AttemptCounter {
  const here = new RateLimiterMemory(counted);
  if (!redis) return here;
  const shared = new RateLimiterRedis({ storeClient: redis, ...counted });
  const ask = async <Answer extends RateLimiterRes | null>(
    key: string,
    there: () => Promise<Answer>,
    otherwise: () => Promise<Answer>,
  ): Promise<Answer> => {
    if (breaker.isAtRest()) return otherwise();
    let answer: Answer;
    try {
      breaker.pass();
      // Of a cluster that looks for a new master, a client would wait until it has found it.
      answer = await inTime(there());
      breaker.answered();
    } catch {
      breaker.failed();
      return otherwise();
    }
    if (answer)
      await here.set(key, answer.consumedPoints, Math.min(Math.max(answer.msBeforeNext, 1) / 1000, keptSeconds));
    return answer;
  };
  return {
    get: (key) =>
      ask(
        key,
        () => shared.get(key),
        () => here.get(key),
      ),
    penalty: (key) =>
      ask(
        key,
        () => shared.penalty(key),
        () => here.penalty(key),
      ),
    block: (key, seconds) =>
      ask(
        key,
        () => shared.block(key, seconds),
        () => here.block(key, seconds),
      ),
    delete: (key) => Promise.all([here.delete(key), inTime(shared.delete(key)).catch(() => false)]),
  };
}
