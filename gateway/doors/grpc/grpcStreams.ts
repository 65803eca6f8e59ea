import type { FormattedExecutionResult } from 'graphql';
import type { Viewer } from '../../../shared/identity.ts';
import type { StreamAnswer } from '../../answerOperation.ts';
import type { ConnectionLimits } from '../../limits/connectionLimits.ts';
import { OperationError } from '../../subscriptions/maskedResults.ts';
import { type EndReason, openStreams } from '../streams/openStreams.ts';
import { grpcErrorOf } from './grpcErrors.ts';

export interface GrpcStreams {
  /** The results of a subscription until either side ends it. Throws the ConnectError that ends the stream. */
  serve(answer: StreamAnswer, address: string, signal: AbortSignal): AsyncGenerator<FormattedExecutionResult>;
  /** Ends the streams of some viewers. */
  sendAway(isMeant: (viewer: Viewer) => boolean): void;
  stop(): void;
}

/** What a client is told whose stream we end. */
const endings: Record<EndReason, { code: string; message: string }> = {
  expired: { code: 'UNAUTHENTICATED', message: 'The access token has ended.' },
  revoked: { code: 'UNAUTHENTICATED', message: 'The session has ended.' },
  user: { code: 'UNAVAILABLE', message: 'A newer connection of yours took this place.' },
  draining: { code: 'UNAVAILABLE', message: 'The gateway is leaving. Try again.' },
};
const errorOf = ({ code, message }: (typeof endings)[EndReason]) => grpcErrorOf({ message, extensions: { code } });

export function openGrpcStreams(connections: ConnectionLimits): GrpcStreams {
  const streams = openStreams(connections);
  return {
    async *serve({ viewer, open: subscribe }, address, signal) {
      const ended = new AbortController();
      const leave = streams.enter(viewer, address, (why) => ended.abort(errorOf(endings[why])));
      if (!leave)
        throw grpcErrorOf({
          message: 'Too many connections are open from your address.',
          extensions: { code: 'RATE_LIMITED' },
        });
      const results = subscribe();
      const stop = () => void results.return!();
      const either = AbortSignal.any([signal, ended.signal]);
      either.addEventListener('abort', stop);
      try {
        if (!either.aborted) yield* results;
        ended.signal.throwIfAborted();
        // A deadline that ends the stream is told as such, and not as the end of what there is.
        signal.throwIfAborted();
      } catch (error) {
        throw error instanceof OperationError ? grpcErrorOf(error.errors[0]!) : error;
      } finally {
        leave();
        stop();
      }
    },
    sendAway: streams.sendAway,
    stop() {
      for (const end of streams.ends) end('draining');
    },
  };
}
