import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginSubscriptionCallback } from '@apollo/server/plugin/subscriptionCallback';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { GraphQLError, parse } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { Queue } from '../../subscriptions/groups/queue.ts';

/** A subgraph of another house: its stream `ticks` can be continued at any event, and it is served by whatever server is started. */
export const ticksSdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])
  type Query { tickCount: Int! }
  type Subscription { ticks(after: String): Tick }
  type Tick { number: Int! cursor: String! person: Person }
  type Person @key(fields: "id", resolvable: false) { id: ID! }
`;

export interface Tick {
  number: number;
  cursor: string;
  person: { id: string };
}

export interface Ticks {
  schema: ReturnType<typeof buildSubgraphSchema>;
  /** So many more happen. */
  happen(count: number): void;
  /** Streams that are open. */
  open(): number;
  /** Every stream ends by itself. */
  end(): void;
}

export function openTicks(): Ticks {
  const history: Tick[] = [];
  const streams = new Set<Queue<Tick>>();
  const subscribe = (_: unknown, { after }: { after?: string | null }) => {
    if (after && !/^t\d+$/.test(after)) throw new GraphQLError('No cursor', { extensions: { code: 'BAD_USER_INPUT' } });
    const queue: Queue<Tick> = new Queue(10_000, () => streams.delete(queue));
    if (after) for (const tick of history.slice(Number(after.slice(1)))) queue.push(tick);
    streams.add(queue);
    return queue;
  };
  const schema = buildSubgraphSchema({
    typeDefs: parse(ticksSdl),
    resolvers: {
      Query: { tickCount: () => history.length },
      Subscription: { ticks: { subscribe, resolve: (tick: Tick) => tick } },
    } as never,
  });
  return {
    schema,
    open: () => streams.size,
    end: () => streams.forEach((queue) => queue.end()),
    happen(count) {
      for (let n = 0; n < count; n++) {
        const number = history.length + 1;
        const tick = { number, cursor: `t${number}`, person: { id: 'ada' } };
        history.push(tick);
        for (const queue of streams) queue.push(tick);
      }
    },
  };
}

export interface TickServer {
  url: string;
  stop(): Promise<void>;
}

async function listening(server: Server, port: number): Promise<TickServer> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    stop: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  };
}

/** By the library of the protocol, as others run it. */
export function serveByEvents({ schema }: Ticks, port = 0): Promise<TickServer> {
  const handler = createHandler({ schema });
  return listening(
    createServer((request, response) => void handler(request, response)),
    port,
  );
}

/** By Apollo Server and its plugin, as others run it. */
export async function serveByCallback({ schema }: Ticks, port = 0): Promise<TickServer> {
  const plugins = [
    ApolloServerPluginInlineTraceDisabled(),
    ApolloServerPluginSubscriptionCallback({ maxConsecutiveHeartbeatFailures: 1, retry: { retries: 0 } }),
  ];
  const server = new ApolloServer({ schema, plugins, stopOnTerminationSignals: false });
  const { url } = await startStandaloneServer(server, { listen: { port, host: '127.0.0.1' } });
  return { url, stop: () => server.stop() };
}

/** A subgraph that knows nothing of subscriptions. */
export const serveNoStreams = (_: Ticks, port = 0): Promise<TickServer> =>
  listening(
    createServer((_request, response) => void response.writeHead(404).end()),
    port,
  );
