import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient, fetchExchange, subscriptionExchange } from '@urql/core';
import { OperationTypeNode, getOperationAST } from 'graphql';
import { GraphQLClient } from 'graphql-request';
import { createClient as createSseClient } from 'graphql-sse';
import { type Client as SocketClient, createClient as createSocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { type ClientRow, type Session, dataOf, fetchAs } from './session.ts';

const retry = { retryAttempts: 100, retryWait: () => new Promise<void>((resolve) => setTimeout(resolve, 20)) };

const socketClient = (url: string, token: () => string | undefined): SocketClient =>
  createSocketClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: () => ({ Authorization: token() }),
    shouldRetry: () => true,
    ...retry,
  });

const overSocket = (client: SocketClient): Required<Pick<Session, 'subscribe'>> => ({
  subscribe(query, variables, next) {
    client.subscribe(
      { query, variables },
      { next: (result) => next(dataOf(result)), error: () => {}, complete: () => {} },
    );
  },
});

const apollo: ClientRow = {
  name: '@apollo/client over HTTP and WebSocket',
  open({ http, socket }, token) {
    const sockets = socketClient(socket, token);
    const link = ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(sockets),
      new HttpLink({ uri: http, fetch: fetchAs(token) }),
    );
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    return {
      async ask(query, variables = {}) {
        const document = gql(query);
        const isMutation = getOperationAST(document)!.operation === OperationTypeNode.MUTATION;
        const { data } = isMutation
          ? await client.mutate({ mutation: document, variables })
          : await client.query({ query: document, variables, fetchPolicy: 'network-only' });
        return data as Record<string, unknown>;
      },
      subscribe(query, variables, next) {
        client
          .subscribe({ query: gql(query), variables: { ...variables } })
          .subscribe({ next: ({ data }) => next(data as Record<string, unknown>) });
      },
      async close() {
        client.stop();
        await sockets.dispose();
      },
    };
  },
};

const urqlSession = (client: UrqlClient, leaving: AbortSignal): Omit<Session, 'close'> => ({
  async ask(query, variables = {}) {
    const isMutation = query.startsWith('mutation');
    const { data, error } = await (
      isMutation
        ? client.mutation<Record<string, unknown>>(query, variables)
        : client.query<Record<string, unknown>>(query, variables, { requestPolicy: 'network-only' })
    ).toPromise();
    if (error) throw error;
    return data!;
  },
  subscribe(query, variables, next) {
    const again = () =>
      client.subscription<Record<string, unknown>>(query, { ...variables }).subscribe(({ data, error, hasNext }) => {
        if (data) next(data);
        if ((error || !hasNext) && !leaving.aborted) setTimeout(again, 20);
      });
    again();
  },
  resumes: true,
});

const urqlOverEvents: ClientRow = {
  name: 'urql over HTTP and server-sent events',
  open({ http }, token) {
    const leaving = new AbortController();
    const fetching: typeof fetch = (input, init) =>
      fetchAs(token)(input, {
        ...init,
        signal: AbortSignal.any([leaving.signal, ...(init?.signal ? [init.signal] : [])]),
      });
    const client = new UrqlClient({
      url: http,
      exchanges: [fetchExchange],
      fetchSubscriptions: true,
      preferGetMethod: false,
      fetch: fetching,
    });
    return { ...urqlSession(client, leaving.signal), close: () => leaving.abort() };
  },
};

const urqlOverSocket: ClientRow = {
  name: 'urql over HTTP and WebSocket',
  open({ http, socket }, token) {
    const leaving = new AbortController();
    const sockets = socketClient(socket, token);
    const forward = subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: (sink) => ({
          unsubscribe: sockets.subscribe({ query, variables: variables as Record<string, unknown> }, sink as never),
        }),
      }),
    });
    const client = new UrqlClient({
      url: http,
      exchanges: [fetchExchange, forward],
      preferGetMethod: false,
      fetch: fetchAs(token),
    });
    const close = () => {
      leaving.abort();
      return sockets.dispose();
    };
    // The socket's own client asks again, with the variables that it was given.
    return { ...urqlSession(client, leaving.signal), resumes: false, close };
  },
};

const graphqlRequest: ClientRow = {
  name: 'graphql-request',
  open({ http }, token) {
    const client = new GraphQLClient(http, { fetch: fetchAs(token) });
    return { ask: (query, variables) => client.request(query, variables), close: () => {} };
  },
};

/** The shape that Relay's documentation gives to a network layer: one function for queries, one for subscriptions. */
const relay: ClientRow = {
  name: "Relay's network functions",
  open({ http, socket }, token) {
    const sockets = socketClient(socket, token);
    return {
      async ask(text, variables = {}) {
        const response = await fetchAs(token)(http, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json' },
          body: JSON.stringify({ query: text, variables, doc_id: undefined }),
        });
        return dataOf((await response.json()) as object);
      },
      ...overSocket(sockets),
      resumes: true,
      close: () => sockets.dispose(),
    };
  },
};

const graphqlWs: ClientRow = {
  name: 'graphql-ws alone',
  open({ socket }, token) {
    // A socket is somebody's: a new token needs a new socket.
    const opened: SocketClient[] = [];
    let shown: string | undefined;
    const current = () => {
      if (opened.length === 0 || shown !== token()) {
        shown = token();
        opened.push(socketClient(socket, token));
      }
      return opened.at(-1)!;
    };
    return {
      ask: (query, variables = {}) =>
        new Promise((resolve, reject) => {
          current().subscribe(
            { query, variables },
            { next: (result) => resolve(dataOf(result)), error: reject, complete: () => {} },
          );
        }),
      subscribe: (...args) => overSocket(current()).subscribe(...args),
      resumes: true,
      close: async () => void (await Promise.all(opened.map((client) => client.dispose()))),
    };
  },
};

const graphqlSse: ClientRow = {
  name: 'graphql-sse alone',
  open({ http }, token) {
    const client = createSseClient({
      url: http,
      fetchFn: fetchAs(token),
      retryAttempts: 100,
      retry: () => new Promise((resolve) => setTimeout(resolve, 20)),
    });
    return {
      ask: (query, variables = {}) =>
        new Promise((resolve, reject) => {
          client.subscribe(
            { query, variables },
            {
              next: (result) => {
                try {
                  resolve(dataOf(result as object));
                } catch (error) {
                  reject(error as Error);
                }
              },
              error: reject,
              complete: () => {},
            },
          );
        }),
      subscribe(query, variables, next) {
        client.subscribe(
          { query, variables },
          { next: (result) => next(dataOf(result as object)), error: () => {}, complete: () => {} },
        );
      },
      resumes: true,
      close: () => client.dispose(),
    };
  },
};

export const libraries = [apollo, urqlOverEvents, urqlOverSocket, graphqlRequest, relay, graphqlWs, graphqlSse];
