import type { GraphQLError } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** What one operation over a socket got. */
export interface Heard {
  results: { data?: unknown; errors?: unknown }[];
  /** Of the field at the root of each result, the numbers. */
  numbers(): number[];
  error: readonly GraphQLError[] | undefined;
  completed: boolean;
  stop(): void;
}

export function connect(url: string, authorization: unknown): Client {
  return createClient({ url, webSocketImpl: WebSocket, connectionParams: { authorization }, retryAttempts: 0 });
}

export function listen(client: Client, query: string, variables: Record<string, unknown> = {}): Heard {
  const heard: Heard = {
    results: [],
    numbers: () => heard.results.map(({ data }) => (Object.values(data as object)[0] as { number: number }).number),
    error: undefined,
    completed: false,
    stop: () => {},
  };
  heard.stop = client.subscribe(
    { query, variables },
    {
      next: (result) => void heard.results.push(result),
      error: (error) => void (heard.error = error as readonly GraphQLError[]),
      complete: () => void (heard.completed = true),
    },
  );
  return heard;
}
