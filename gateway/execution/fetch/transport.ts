import { Pool } from 'undici';
import { failpoint } from '../../../shared/failpoint.ts';
import type { Log } from '../../../shared/log.ts';
import { headersFor } from '../../identity/forwarding.ts';
import { asAnswer, failedAnswer, maskSubgraph } from '../answer/answer.ts';
import type { SendToSubgraph, SubgraphRequest } from '../execution.ts';
import { TooLate, post } from './post.ts';

export type FetchOutcome = 'answered' | 'late' | 'unusable';

export interface TransportSettings {
  gatewaySecret: string;
  log: Log;
  /** A subgraph was asked, and this came of it. */
  fetched?: (service: string, outcome: FetchOutcome, seconds: number) => void;
  /** How long a subgraph may take for a whole answer. */
  timeoutMs?: number;
  /** The largest answer that is read, in bytes. */
  answerLimit?: number;
}

export interface Transport {
  send: SendToSubgraph;
  stop(): Promise<void>;
}

/** Kept connections to the subgraphs: one pool per origin, which outlives reloads. */
export function openTransport({
  gatewaySecret,
  log,
  fetched = () => {},
  timeoutMs = 2000,
  answerLimit = 10 * 1024 * 1024,
}: TransportSettings): Transport {
  const pools = new Map<string, Pool>();
  const poolOf = ({ origin }: URL) => {
    const pool = pools.get(origin) ?? new Pool(origin, { connections: 64, keepAliveTimeout: 60_000 });
    pools.set(origin, pool);
    return pool;
  };
  /** As many as there are subgraphs. */
  const addresses = new Map<string, { pool: Pool; path: string }>();
  const addressOf = (url: string) => {
    let address = addresses.get(url);
    if (!address) {
      const parts = new URL(url);
      addresses.set(url, (address = { pool: poolOf(parts), path: parts.pathname + parts.search }));
    }
    return address;
  };

  const askOnce = async ({ url, body: question, caller }: SubgraphRequest, withinMs: number) => {
    const { pool, path } = addressOf(url);
    const limits = { timeoutMs: withinMs, answerLimit };
    const { status, type, body } = await post(pool, path, headersFor(caller, gatewaySecret), question, limits);
    if (!/^application\/(graphql-response\+)?json\b/.test(type))
      throw new Error(`it answered ${status} with "${type.slice(0, 100)}"`);
    return asAnswer(body.toString('utf8'));
  };
  const askMutation = async (request: SubgraphRequest) => {
    failpoint('gateway.beforeMutation');
    const answer = await askOnce(request, timeoutMs);
    failpoint('gateway.afterMutation');
    return answer;
  };
  /** A kept connection may be closed at the moment it is used; then another is tried, once and within the same time. */
  const ask = async (request: SubgraphRequest) => {
    if (!request.mayRepeat) return askMutation(request);
    const began = performance.now();
    try {
      return await askOnce(request, timeoutMs);
    } catch (error) {
      const leftMs = Math.floor(timeoutMs - (performance.now() - began));
      if (!isCut(error) || leftMs < 1) throw error;
      return askOnce(request, leftMs);
    }
  };

  return {
    async send(request) {
      const { service, caller } = request;
      const began = performance.now();
      const note = (outcome: FetchOutcome) => fetched(service, outcome, (performance.now() - began) / 1000);
      try {
        const { data, errors } = await ask(request);
        note('answered');
        if (!errors) return { data: data ?? null };
        return {
          data: data ?? null,
          errors: errors.map((error) => maskSubgraph(error, service, caller.requestId, log)),
        };
      } catch (error) {
        const isLate = error instanceof TooLate;
        note(isLate ? 'late' : 'unusable');
        const said = isLate ? 'a subgraph took too long' : 'a subgraph cannot be used';
        log.warn({ err: error, service, requestId: caller.requestId }, said);
        return failedAnswer(service, isLate);
      }
    },
    async stop() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

const isCut = (error: unknown): boolean =>
  ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(String((error as { code?: unknown }).code));
