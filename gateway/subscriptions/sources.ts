import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { Refusal } from '../../subgraphs/shared/errors.ts';
import type { Log } from '../../subgraphs/shared/log.ts';
import type { SubgraphAnswer, SubscriptionPlan } from '../execution/execution.ts';
import { maskSubgraph } from '../execution/answer.ts';
import { type Caller, extensionsFor } from '../forwarding.ts';

export interface Sink {
  event(answer: SubgraphAnswer): void;
  /** The stream has ended: with an error that the client may read, or because the subgraph had no more. */
  end(error?: Error): void;
}

export interface Sources {
  /** Opens a stream at the subgraph that owns it; returns what closes it. */
  open(plan: SubscriptionPlan, caller: Caller, sink: Sink): () => void;
  stop(): Promise<void>;
}

/** One socket per subgraph carries every stream from it. It is open while there is one, and opened again, by and by, when it is lost. */
export function openSources(gatewaySecret: string, log: Log): Sources {
  const clients = new Map<string, Client>();
  const clientOf = (service: string, url: string) => {
    const client = clients.get(url) ?? connect(service, url);
    clients.set(url, client);
    return client;
  };
  const connect = (service: string, url: string) =>
    createClient({
      url: url.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { gatewaySecret },
      keepAlive: 10_000,
      retryAttempts: Infinity,
      shouldRetry: () => true,
      retryWait: (attempt) =>
        new Promise((resolve) => setTimeout(resolve, Math.min(50 * 2 ** attempt, 3000) * (0.5 + Math.random()))),
      on: {
        connected: (_socket, _payload, again) => log.info({ service, again }, 'connected to the streams of a subgraph'),
        closed: (event) => {
          const { code, reason, wasClean } = event as { code?: number; reason?: string; wasClean?: boolean };
          if (!wasClean || code !== 1000) log.warn({ service, code, reason }, 'the streams of a subgraph are cut');
        },
      },
    });

  return {
    open({ service, url, query, operationName, variables }, caller, sink) {
      const mask = (error: GraphQLFormattedError) => maskSubgraph(error, service, caller.requestId, log);
      // The client sends this very object again after a cut.
      const payload = { query, operationName, variables, extensions: extensionsFor(caller) };
      return clientOf(service, url).subscribe<Record<string, unknown>>(payload, {
        next: ({ data, errors }: ExecutionResult | { data?: unknown; errors?: readonly GraphQLFormattedError[] }) =>
          sink.event({
            data: data as Record<string, unknown>,
            ...(errors && { errors: errors.map((error) => mask('toJSON' in error ? error.toJSON() : error)) }),
          }),
        error: (error) => sink.end(refusalOf(error, mask, service)),
        complete: () => sink.end(),
      });
    },
    async stop() {
      await Promise.all([...clients.values()].map((client) => client.dispose()));
    },
  };
}

/** The subgraph answered `error`, a list; or the socket was closed in a way that retrying cannot mend. */
function refusalOf(
  error: unknown,
  mask: (error: GraphQLFormattedError) => GraphQLFormattedError,
  service: string,
): Error {
  const first = Array.isArray(error) ? (error as GraphQLFormattedError[])[0] : undefined;
  if (!first)
    return new Refusal(
      'SUBGRAPH_UNAVAILABLE',
      `The part of the graph called "${service}" is not available at the moment.`,
    );
  const { message, extensions } = mask(first);
  return new GraphQLError(message, { extensions });
}
