import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { Refusal } from '../../../shared/errors.ts';
import type { Viewer } from '../../../shared/identity.ts';
import type { SingleAnswer, StreamAnswer } from '../../answerOperation.ts';
import { OperationError } from '../../subscriptions/maskedResults.ts';
import type { ConnectionLimits } from '../../limits/connectionLimits.ts';
import type { Counters, RejectReason } from '../../metrics/subscriptionMetrics.ts';
import { textOf } from '../http/answerText.ts';
import { openStreams } from './openStreams.ts';
import { writePatiently } from './patientWriting.ts';
import { type StreamForm, graphqlEvents, nextEvent } from './streamForms.ts';

export interface EventStreamSettings {
  connections: ConnectionLimits;
  counters: Counters;
  /** A reader that takes nothing for two of these is gone. */
  pingMs: number;
  drainMs: number;
  /** How long a stream lives at most. */
  streamMs: number;
}

export interface EventStreams {
  /** Writes a subscription until it ends. Throws the Refusal of a client that has too many connections. */
  serve(
    answer: StreamAnswer,
    address: string,
    request: IncomingMessage,
    response: ServerResponse,
    /** How it is written; absent: as the graphql-sse protocol has it. */
    form?: StreamForm,
  ): Promise<void>;
  /** One result and the end. */
  writeSingle(answer: SingleAnswer, response: ServerResponse): void;
  /** Cuts the streams of some viewers. */
  sendAway(isMeant: (viewer: Viewer) => boolean): void;
  stop(): Promise<void>;
}

/**
 * Server-Sent Events, in the mode of distinct connections of the graphql-sse protocol: the results of one operation come as events `next` and
 * `complete`. A stream that is cut without `complete` may be asked for again, with the cursor of the last event. A reader cannot say that it is
 * still there, so every stream is cut after a while, and nothing is held for one that has gone.
 */
export function openEventStreams(settings: EventStreamSettings): EventStreams {
  const { connections, counters, pingMs, drainMs, streamMs } = settings;
  const open = openStreams(connections);
  let leaving = false;

  const write = (response: ServerResponse, text: string) =>
    writePatiently(response, text, 2 * pingMs, () => counters.rejects['half-open']++);
  /** Without `complete`, so that the client asks again. What the reader does not take is dropped. */
  const sendAway = (response: ServerResponse, why: RejectReason) => {
    counters.rejects[why]++;
    end(response);
  };
  const end = (response: ServerResponse) => {
    response.end();
    const cut = setTimeout(() => response.destroy(), graceMs).unref();
    response.once('close', () => clearTimeout(cut));
  };

  const begin = ({ socket }: IncomingMessage, response: ServerResponse, { head, opening }: StreamForm) => {
    response.writeHead(200, head);
    response.write(opening);
    // The system asks a silent reader ten times within ten seconds, but only while nothing that was sent is unanswered: so before our sign of life.
    socket.setKeepAlive(true, pingMs);
  };

  /** Cuts the stream when it is old, and shows a sign of life meanwhile; call what is returned when it has ended. */
  const limitTime = (response: ServerResponse, { alive, aliveMs = Infinity }: StreamForm) => {
    const show = () => response.writableNeedDrain || response.write(alive);
    const showing = setInterval(show, Math.min(aliveMs, 2 * pingMs));
    const age = setTimeout(() => sendAway(response, 'age'), streamMs * (0.75 + Math.random() / 4));
    return () => [showing, age].forEach((timer) => clearTimeout(timer));
  };

  return {
    async serve({ viewer, open: subscribe }, address, request, response, form = graphqlEvents) {
      if (leaving) throw new Refusal('UNAVAILABLE', 'The gateway is leaving. Try again.', { retryAfterSeconds: 1 });
      if (response.destroyed) return; // it has gone already, and will not be heard to go
      const leave = open.enter(viewer, address, (why) => sendAway(response, why));
      if (!leave) throw tooManyConnections();
      counters.eventStreams++;
      begin(request, response, form);
      const stopTimers = limitTime(response, form);
      const results = subscribe();
      response.once('close', () => void results.return!());
      try {
        for await (const result of results) await write(response, form.result(result));
      } catch (error) {
        await write(response, form.failure(errorsOf(error)));
      } finally {
        stopTimers();
        leave();
        counters.eventStreams--;
      }
      if (response.writableEnded || response.destroyed) return;
      await write(response, form.closing);
      end(response);
    },
    writeSingle(answer, response) {
      response.writeHead(200, graphqlEvents.head);
      response.end(nextEvent(textOf(answer)) + graphqlEvents.closing);
    },
    sendAway: open.sendAway,
    async stop() {
      leaving = true;
      const gone = open.ends.map(async (end) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * drainMs));
        end('draining');
      });
      await Promise.all(gone);
    },
  };
}

/** How long a reader may take for what is left when its stream ends. */
const graceMs = 2000;

function errorsOf(error: unknown): readonly GraphQLFormattedError[] {
  if (error instanceof OperationError) return error.errors;
  throw error;
}

const tooManyConnections = () => new Refusal('RATE_LIMITED', 'Too many connections are open from your address.');
