import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, type ExecutionResult, type GraphQLError, parse } from 'graphql';
import { CloseCode, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { Refusal, mask } from '../../../shared/errors.ts';
import { isAmbiguous } from '../../../shared/process/http.ts';
import { failpoint } from '../../../shared/process/failpoint.ts';
import { type Viewer, signedIn } from '../../../shared/identity.ts';
import type { Log } from '../../../shared/process/log.ts';
import type { AnswerOperation, OperationText } from '../../answerOperation.ts';
import { OperationError } from '../../subscriptions/maskedResults.ts';
import type { Viewers } from '../../identity/viewers.ts';
import type { HeaderRules } from '../../identity/headerRules.ts';
import type { ConnectionLimits } from '../../limits/connectionLimits.ts';
import type { Limits } from '../../limits/limits.ts';
import type { UnreadRequests } from '../../limits/unreadRequests.ts';
import type { Counters, RejectReason } from '../../metrics/subscriptionMetrics.ts';
import type { AddressOf } from '../addresses.ts';
import { ClientSocket, isSpoken } from './clientSocket.ts';
import { authorizationIn } from './connectionParams.ts';
import { nextFrame, nextStart } from './nextFrame.ts';
import { OperationResults } from './operationResults.ts';

export interface SocketDoorSettings {
  server: Server;
  path: string;
  answerOperation: AnswerOperation;
  viewers: Viewers;
  addressOf: AddressOf;
  isAllowedOrigin(origin: string | undefined, host: string | undefined): boolean;
  connections: ConnectionLimits;
  /** There is something for those who show no token: a stream that is the same for everyone. */
  admitsStrangers(): boolean;
  /** What header rules read of an upgrade. */
  takeHeaders?: HeaderRules['take'] | undefined;
  unread: UnreadRequests;
  limits: Limits;
  counters: Counters;
  log: Log;
  /** A socket that does not answer is gone within two of these. */
  pingMs: number;
  /** Over which time the sockets are sent away when this process leaves. */
  drainMs: number;
}

export interface SocketDoor {
  /** Closes the sockets of some viewers with 4403. */
  sendAway(isMeant: (viewer: Viewer) => boolean): void;
  /** Takes no new sockets and closes those that are open with 1001, one by one; those that do not answer are cut. */
  stop(): Promise<void>;
}

/** Pings go out in so many portions, never to all at once. */
const turns = 24;

/** GraphQL over WebSocket, sub-protocol graphql-transport-ws: the same limits, masks and codes as over HTTP, and every socket belongs to a user. */
export function openSocketDoor(settings: SocketDoorSettings): SocketDoor {
  const { answerOperation, server, viewers, connections, unread, counters, limits, log, pingMs, drainMs } = settings;
  const portions = Array.from({ length: turns }, () => new Set<ClientSocket>());
  const all = () => portions.flatMap((portion) => [...portion]);
  const sendAway = (socket: ClientSocket, why: RejectReason, code: number, reason: string) => {
    if (!socket.isOpen) return;
    counters.rejects[why]++;
    socket.close(code, reason);
  };
  let arrived = 0;
  let leaving = false;

  const enter = async (socket: ClientSocket, connectionParams: Readonly<Record<string, unknown>> | undefined) => {
    try {
      const authorization = authorizationIn(connectionParams) ?? socket.settings.upgradeAuthorization;
      const known = await viewers(authorization);
      if (!socket.isOpen) return false;
      if (!known && settings.admitsStrangers()) return (socket.isIn = true);
      const viewer = signedIn(known);
      socket.settings.place.belongTo(viewer.id, socket);
      Object.assign(socket, { viewer, authorization, isIn: true });
      // 4403 and not 4401: a client that gets 4403 tries again, with a new token.
      const end = () => sendAway(socket, 'expired', CloseCode.Forbidden, 'The access token has ended');
      socket.expiry = setTimeout(end, untilEnd(viewer));
      return { exp: viewer.expiresAt };
    } catch (error) {
      const isRefused = error instanceof Refusal && error.code === 'UNAUTHENTICATED';
      if (isRefused) counters.rejects.unauthenticated++;
      else socket.close(tryAgainLater, 'Try again later');
      return false;
    }
  };

  const protocol = makeServer<Record<string, unknown>, ClientSocket & Record<PropertyKey, unknown>>({
    connectionInitWaitTimeout: 3000,
    onConnect: ({ connectionParams, extra }) => enter(extra, connectionParams),
    onSubscribe({ extra, subscriptions }, id, payload) {
      if (Object.keys(subscriptions).length > limits.subscriptionsPerSocket) {
        counters.rejects.subscriptions++;
        return [tooMany(limits)];
      }
      const start = nextStart(id);
      const results = new OperationResults({
        answer: (signal) => answerOperation({ ...requestOf(extra, payload), signal }),
        write(result) {
          failpoint('gateway.beforeFrame');
          return extra.send(nextFrame(start, result));
        },
      });
      return { ...anyOperation, rootValue: results };
    },
    subscribe: ({ rootValue }) => rootValue as AsyncGenerator<ExecutionResult>,
    onError: (_ctx, _id, _payload, errors) => errors.flatMap(toldErrors),
  });

  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.messageBytes,
    maxFragments: limits.messageFragments,
    perMessageDeflate: false,
    handleProtocols: isSpoken,
  });
  server.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    duplex.on('error', () => duplex.destroy());
    const refuse = (status: string, why?: RejectReason) => {
      if (why) counters.rejects[why]++;
      duplex.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    };
    const { origin, host } = request.headers;
    if (leaving) return refuse('503 Service Unavailable', 'draining');
    if (request.httpVersion === '1.0' || isAmbiguous(request)) return refuse('400 Bad Request');
    if (request.url?.split('?')[0] !== settings.path) return refuse('404 Not Found');
    if (!settings.isAllowedOrigin(origin, host)) return refuse('403 Forbidden', 'origin');
    const address = settings.addressOf(request);
    const place = connections.arrive(address);
    if (!place) return refuse('429 Too Many Requests', 'address');
    duplex.once('close', place.leave);
    sockets.handleUpgrade(request, duplex, head, (ws) => {
      duplex.off('close', place.leave);
      const turn = arrived++ % turns;
      const socket: ClientSocket = new ClientSocket(ws, duplex, {
        ...{ address, turn, place, unread, limits, log },
        upgradeAuthorization: request.headers.authorization,
        headers: settings.takeHeaders?.(request.headers),
        flooded: () => sendAway(socket, 'messages', policyViolation, 'Too many messages'),
        gaveWay: () => counters.rejects.user++,
        left() {
          portions[turn]!.delete(socket);
          counters.sockets--;
        },
      });
      portions[turn]!.add(socket);
      counters.sockets++;
      socket.speak(protocol);
    });
  });

  let round = 0;
  const pinging = setInterval(() => {
    for (const socket of portions[round++ % turns]!)
      if (!socket.ping()) {
        counters.rejects['half-open']++;
        socket.terminate();
      }
  }, pingMs / turns);

  return {
    sendAway(isMeant) {
      for (const socket of all())
        if (socket.viewer && isMeant(socket.viewer))
          sendAway(socket, 'revoked', CloseCode.Forbidden, 'The session has ended');
    },
    async stop() {
      leaving = true;
      const leaver = (socket: ClientSocket) =>
        setTimeout(() => socket.close(1001, 'Going away'), Math.random() * drainMs);
      const timers = all().map(leaver);
      const cut = setTimeout(() => all().forEach((socket) => socket.terminate()), drainMs + 1000);
      while (counters.sockets > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      for (const timer of [...timers, cut]) clearTimeout(timer);
      clearInterval(pinging);
    },
  };
}

/** graphql-ws only needs to see that results are to be iterated; which operation it is, is found out where they are made. */
const anyOperation = { document: parse('subscription { _ }') } as ExecutionArgs;

const requestOf = ({ authorization, settings: { address, headers } }: ClientSocket, text: OperationText) =>
  ({ ...text, door: 'socket', authorization, address, headers, requestId: randomUUID() }) as const;

/** graphql-ws wraps what an iterator throws. */
const toldErrors = (error: GraphQLError) =>
  error.originalError instanceof OperationError ? error.originalError.errors : [mask(error.toJSON())];

/** setTimeout takes no more than 31 bits. */
const untilEnd = (viewer: Viewer) => Math.min(viewer.expiresAt * 1000 - Date.now(), 2 ** 31 - 1);

const tooMany = ({ subscriptionsPerSocket }: Limits) =>
  new Refusal(
    'TOO_MANY_SUBSCRIPTIONS',
    `The socket has too many subscriptions; at most ${subscriptionsPerSocket} are allowed.`,
  );

/** RFC 6455 and the registry of close codes: the server cannot serve at the moment. */
const tryAgainLater = 1013;
/** RFC 6455. */
const policyViolation = 1008;
