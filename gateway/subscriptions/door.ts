import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { Refusal } from '../../subgraphs/shared/errors.ts';
import { type KeySource, type Viewer, signedIn, viewerOf } from '../../subgraphs/shared/identity.ts';
import type { Caller } from '../forwarding.ts';
import type { Graph } from '../graph.ts';
import { limits } from '../limits.ts';
import type { Pipeline } from '../pipeline.ts';
import { type Admitted, admit } from './admission.ts';
import { runSubscription } from './executor.ts';
import type { Sources } from './sources.ts';

export interface SocketDoorSettings {
  server: Server;
  path: string;
  keys: KeySource;
  isAllowedOrigin(origin: string | undefined, host: string | undefined): boolean;
  graph(): Graph;
  pipeline: Pipeline;
  sources: Sources;
}

export interface SocketDoor {
  /** Takes no new sockets and closes those that are open with 1001; those that do not answer are cut. */
  stop(): Promise<void>;
}

interface Entered {
  viewer: Viewer;
  authorization: string;
  expiry: NodeJS.Timeout;
}
type SocketExtra = Extra & Record<PropertyKey, unknown> & { entered?: Entered };

/** GraphQL over WebSocket, sub-protocol graphql-transport-ws: the same limits, masks and codes as over HTTP, and every socket belongs to a user. */
export function openSocketDoor({
  server,
  path,
  keys,
  isAllowedOrigin,
  graph,
  pipeline,
  sources,
}: SocketDoorSettings): SocketDoor {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes, perMessageDeflate: false });
  const masked = (errors: readonly (GraphQLError | GraphQLFormattedError)[]) =>
    errors.map((error) => pipeline.report('toJSON' in error ? error.toJSON() : error, error));
  let leaving = false;

  const running = useServer<Record<string, unknown>, SocketExtra>(
    {
      isProd: true, // close reasons say nothing of what went wrong inside
      connectionInitWaitTimeout: 3000,
      async onConnect({ connectionParams, extra }) {
        const { authorization } = connectionParams ?? {};
        const { socket } = extra;
        try {
          const viewer = signedIn(await viewerOf(typeof authorization === 'string' ? authorization : undefined, keys));
          // 4403 and not 4401: a client that gets 4403 tries again, with a new token.
          const expiry = setTimeout(
            () => socket.close(CloseCode.Forbidden, 'The access token has ended'),
            untilEnd(viewer),
          );
          if (socket.readyState !== socket.OPEN) clearTimeout(expiry);
          extra.entered = { viewer, authorization: authorization as string, expiry };
          return { exp: viewer.expiresAt };
        } catch (error) {
          if (error instanceof Refusal && error.code === 'UNAUTHENTICATED') return false;
          socket.close(tryAgainLater, 'Try again later');
          return false;
        }
      },
      onClose: ({ extra }) => clearTimeout(extra.entered?.expiry),
      onSubscribe: ({ extra }, _id, payload) => admit(graph(), payload, callerOf(extra.entered!)),
      subscribe: (args) => {
        const { plan, caller } = args as Admitted;
        return runSubscription(plan!, caller, sources) as AsyncGenerator<ExecutionResult>;
      },
      async execute(args) {
        const { request, caller } = args as Admitted;
        const { body } = await pipeline.apollo.executeOperation(request, { contextValue: caller });
        return (body.kind === 'single' ? body.singleResult : body.initialResult) as ExecutionResult;
      },
      onNext: (_ctx, _id, _payload, _args, { errors, ...result }) => ({
        ...result,
        ...(errors && { errors: masked(errors) as never }),
      }),
      onError: (_ctx, _id, _payload, errors) => masked(errors),
    },
    sockets,
    12_000,
  );

  // ws closes a socket with its own code before it tells of an error, which graphql-ws would print to the console.
  sockets.on('connection', (socket) => socket.removeAllListeners('error').on('error', () => {}));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (leaving) return refuse(socket, '503 Service Unavailable');
    if (request.url?.split('?')[0] !== path) return refuse(socket, '404 Not Found');
    if (!isAllowedOrigin(request.headers.origin, request.headers.host)) return refuse(socket, '403 Forbidden');
    sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws, request));
  });

  return {
    async stop() {
      leaving = true;
      const cut = setTimeout(() => sockets.clients.forEach((client) => client.terminate()), 1000);
      await running.dispose();
      clearTimeout(cut);
    },
  };
}

const callerOf = ({ viewer, authorization }: Entered): Caller => ({ viewer, authorization, requestId: randomUUID() });

/** setTimeout takes no more than 31 bits. */
const untilEnd = (viewer: Viewer) => Math.min(viewer.expiresAt * 1000 - Date.now(), 2 ** 31 - 1);

/** RFC 6455 and the registry of close codes: the server cannot serve at the moment. */
const tryAgainLater = 1013;

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
