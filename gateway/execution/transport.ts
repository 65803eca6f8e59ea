import { Pool } from 'undici';
import type { Log } from '../../subgraphs/shared/log.ts';
import { headersFor } from '../forwarding.ts';
import { asAnswer, failedAnswer, maskSubgraph } from './answer.ts';
import type { SendToSubgraph, SubgraphRequest } from './execution.ts';

export interface TransportSettings {
  gatewaySecret: string;
  log: Log;
  /** How long a subgraph may take for a whole answer. */
  timeoutMs?: number;
  /** The largest answer that is read, in bytes. */
  answerLimit?: number;
}

export interface Transport {
  send: SendToSubgraph;
  /** Rejects while the process at this address does not say that it is ready. */
  ready(url: string): Promise<void>;
  stop(): Promise<void>;
}

/** Kept connections to the subgraphs: one pool per origin, which outlives reloads. */
export function openTransport({
  gatewaySecret,
  log,
  timeoutMs = 2000,
  answerLimit = 10 * 1024 * 1024,
}: TransportSettings): Transport {
  const pools = new Map<string, Pool>();
  const poolOf = ({ origin }: URL) => {
    const pool = pools.get(origin) ?? new Pool(origin, { connections: 64, keepAliveTimeout: 60_000 });
    pools.set(origin, pool);
    return pool;
  };

  const post = async ({ url, body, caller }: SubgraphRequest) => {
    const address = new URL(url);
    const response = await poolOf(address).request({
      path: address.pathname + address.search,
      method: 'POST',
      headers: headersFor(caller, gatewaySecret),
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const type = String(response.headers['content-type'] ?? '');
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > answerLimit) throw new Error(`the answer is larger than ${answerLimit} bytes`);
      chunks.push(chunk);
    }
    if (!/^application\/(graphql-response\+)?json\b/.test(type))
      throw new Error(`it answered ${response.statusCode} with "${type.slice(0, 100)}"`);
    return asAnswer(Buffer.concat(chunks).toString('utf8'));
  };

  return {
    async send(request) {
      const { service, caller } = request;
      try {
        const { data, errors } = await post(request);
        if (!errors) return { data: data ?? null };
        return {
          data: data ?? null,
          errors: errors.map((error) => maskSubgraph(error, service, caller.requestId, log)),
        };
      } catch (error) {
        const isLate = (error as Error).name === 'TimeoutError';
        const said = isLate ? 'a subgraph took too long' : 'a subgraph cannot be used';
        log.warn({ err: error, service, requestId: caller.requestId }, said);
        return failedAnswer(service, isLate);
      }
    },
    async ready(url) {
      const { statusCode, body } = await poolOf(new URL(url)).request({
        path: '/ready',
        method: 'GET',
        signal: AbortSignal.timeout(timeoutMs),
      });
      await body.dump();
      if (statusCode !== 200) throw new Error(`${url} is not ready: ${statusCode}`);
    },
    async stop() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}
