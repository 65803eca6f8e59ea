import { Code as GrpcCode, ConnectError } from '@connectrpc/connect';
import type { FormattedExecutionResult } from 'graphql';
import type { Viewer } from '../../../shared/identity.ts';
import type { StreamAnswer } from '../../answerOperation.ts';
import { OperationError } from '../../subscriptions/maskedResults.ts';
import type { Connection, ConnectionLimits } from '../../limits/connectionLimits.ts';
import { grpcErrorOf } from './grpcErrors.ts';

export interface GrpcStreams {
  /** The results of a subscription until either side ends it. Throws the ConnectError that ends the stream. */
  serve(answer: StreamAnswer, address: string, signal: AbortSignal): AsyncGenerator<FormattedExecutionResult>;
  /** Ends the streams of some viewers. */
  sendAway(isMeant: (viewer: Viewer) => boolean): void;
  stop(): void;
}

/** Streams are connections as sockets are: the same limits hold for all of a player's together, and they end when the token does. */
export function openGrpcStreams(connections: ConnectionLimits): GrpcStreams {
  const open = new Map<AbortController, Viewer | null>();
  const end = (stream: AbortController, code: GrpcCode, message: string) =>
    stream.abort(new ConnectError(message, code));
  return {
    async *serve({ viewer, open: subscribe }, address, signal) {
      const place = connections.arrive(address);
      if (!place)
        throw new ConnectError('You have too many connections open. Close one first.', GrpcCode.ResourceExhausted);
      const stream = new AbortController();
      const connection: Connection = {
        heardAt: performance.now(),
        giveWay: () => end(stream, GrpcCode.Unavailable, 'A newer connection of yours took this place.'),
      };
      if (viewer) place.belongTo(viewer.id, connection);
      const left = viewer ? Math.min(viewer.expiresAt * 1000 - Date.now(), 2 ** 31 - 1) : 2 ** 31 - 1;
      const expiry = setTimeout(() => end(stream, GrpcCode.Unauthenticated, 'The access token has ended.'), left);
      const results = subscribe();
      const stop = () => void results.return!();
      const either = AbortSignal.any([signal, stream.signal]);
      either.addEventListener('abort', stop);
      open.set(stream, viewer);
      try {
        if (!either.aborted) yield* results;
        stream.signal.throwIfAborted();
      } catch (error) {
        throw error instanceof OperationError ? grpcErrorOf(error.errors[0]!) : error;
      } finally {
        clearTimeout(expiry);
        open.delete(stream);
        place.leave();
        stop();
      }
    },
    sendAway(isMeant) {
      for (const [stream, viewer] of open)
        if (viewer && isMeant(viewer)) end(stream, GrpcCode.Unauthenticated, 'The session has ended.');
    },
    stop() {
      for (const stream of open.keys()) end(stream, GrpcCode.Unavailable, 'The gateway is leaving. Try again.');
    },
  };
}
