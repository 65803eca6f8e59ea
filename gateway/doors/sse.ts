import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import { Refusal } from '../../shared/errors.ts';
import { readBody, requestIdOf } from '../../shared/http.ts';
import { type Viewer, signedIn } from '../../shared/identity.ts';
import type { Caller } from '../identity/forwarding.ts';
import type { AddressOf } from './addresses.ts';
import type { Graph } from '../supergraph/graph.ts';
import { limits } from '../limits/limits.ts';
import type { Persisted } from '../documents/persisted.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Viewers } from '../identity/viewers.ts';
import { admit } from '../subscriptions/admission.ts';
import type { Crowd } from '../limits/connectionLimits.ts';
import type { Groups } from '../subscriptions/groups/groups.ts';
import type { Counters, RejectReason } from '../metrics/subscriptionMetrics.ts';

export interface EventDoorSettings {
  viewers: Viewers;
  addressOf: AddressOf;
  persisted: Persisted;
  graph(): Graph;
  pipeline: Pipeline;
  groups: Groups;
  crowd: Crowd;
  counters: Counters;
  /** A reader that takes nothing for two of these is gone. */
  pingMs: number;
  drainMs: number;
  /** How long a stream lives at most. */
  streamMs: number;
}

export interface EventDoor {
  isMeant(request: IncomingMessage): boolean;
  /** Resolves when the stream has ended. Throws the Refusal of a request that is no operation, or of a caller who may not enter. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Cuts the streams of some viewers. */
  sendAway(isMeant: (viewer: Viewer) => boolean): void;
  stop(): Promise<void>;
}

/**
 * GraphQL over Server-Sent Events, the mode of distinct connections of the graphql-sse protocol: one POST is one operation, and its results come
 * as events `next` and `complete`. A stream that is cut without `complete` may be asked for again, with the cursor of the last event. A reader
 * cannot say that it is still there, so every stream is cut after a while, and nothing is held for one that has gone.
 */
export function openEventDoor(settings: EventDoorSettings): EventDoor {
  const { viewers, persisted, graph, pipeline, groups, crowd, counters, pingMs, drainMs, streamMs } = settings;
  const streams = new Map<ServerResponse, Viewer>();
  const masked = (errors: readonly (GraphQLError | GraphQLFormattedError)[]) =>
    errors.map((error) => pipeline.report('toJSON' in error ? error.toJSON() : error, error));

  /** Waits for the reader, so that the queue behind it knows how slow it is; but not for ever. */
  const write = async (response: ServerResponse, event: string, data: unknown) => {
    if (response.writableEnded) return;
    const text = `event: ${event}\ndata: ${data === null ? '' : JSON.stringify(data)}\n\n`;
    if (response.write(text) || response.destroyed) return;
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => {
        counters.rejects['half-open']++;
        response.destroy();
      }, 2 * pingMs);
      const done = () => {
        clearTimeout(cut);
        response.off('drain', done).off('close', done);
        resolve();
      };
      response.on('drain', done).on('close', done);
    });
  };
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
  const writeResult = (response: ServerResponse, { errors, ...result }: ExecutionResult) =>
    write(response, 'next', errors ? { ...result, errors: masked(errors) } : result);

  const run = async (operation: Operation, caller: Caller, response: ServerResponse) => {
    const admitted = admit(graph(), operation, persisted, caller);
    if (!('document' in admitted)) return writeResult(response, { errors: admitted });
    if (!admitted.asked) return writeResult(response, await pipeline.execute(admitted.request, caller, 'events'));
    const results = groups.subscribe(admitted.asked);
    response.once('close', () => void results.return!());
    try {
      for await (const result of results) await writeResult(response, result);
    } catch (error) {
      await writeResult(response, { errors: [error as GraphQLError] });
    }
  };

  return {
    isMeant: ({ method, headers }) => method === 'POST' && headers.accept?.includes('text/event-stream') === true,
    async answer(request, response) {
      const address = settings.addressOf(request);
      if (!crowd.arrive(address)) throw tooManyConnections();
      let viewer: Viewer | undefined;
      const timers: NodeJS.Timeout[] = [];
      try {
        const operation = readOperation(request, await readBody(request, limits.bodyBytes));
        const { authorization } = request.headers;
        const who = signedIn(await viewers(authorization));
        if (response.destroyed) return; // it has gone already, and will not be heard to go
        if (!crowd.introduce(address, who.id)) throw tooManyConnections();
        viewer = who;
        streams.set(response, viewer);
        counters.eventStreams++;
        response.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'x-accel-buffering': 'no',
          connection: 'close',
        });
        response.write(':\n\n'); // some browsers wait for a first byte
        // The system asks a silent reader ten times within ten seconds, but only while nothing that was sent is unanswered: so before our sign of life.
        request.socket.setKeepAlive(true, pingMs);
        const show = () => response.writableNeedDrain || response.write(':\n\n');
        timers.push(setInterval(show, 2 * pingMs));
        const lifetime = Math.min(viewer.expiresAt * 1000 - Date.now(), 2 ** 31 - 1);
        timers.push(setTimeout(() => sendAway(response, 'expired'), lifetime));
        timers.push(setTimeout(() => sendAway(response, 'age'), streamMs * (0.75 + Math.random() / 4)));
        await run(operation, { viewer, authorization, address, requestId: requestIdOf(request) }, response);
        if (!response.writableEnded && !response.destroyed) await write(response, 'complete', null);
        end(response);
      } finally {
        timers.forEach((timer) => clearTimeout(timer));
        crowd.leave(address, viewer?.id);
        if (streams.delete(response)) counters.eventStreams--;
      }
    },
    sendAway(isMeant) {
      for (const [response, viewer] of streams) if (isMeant(viewer)) sendAway(response, 'revoked');
    },
    async stop() {
      const leaving = [...streams.keys()].map(async (response) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * drainMs));
        sendAway(response, 'draining');
      });
      await Promise.all(leaving);
    },
  };
}

/** How long a reader may take for what is left when its stream ends. */
const graceMs = 2000;

type Operation = Parameters<typeof admit>[1];

/** Only what a web page cannot send without asking first is read. */
function readOperation({ headers }: IncomingMessage, text: string): Operation {
  if (!headers['content-type']?.startsWith('application/json'))
    throw new Refusal('BAD_REQUEST', 'The request needs the header content-type: application/json.');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal('BAD_REQUEST', 'The request body is not valid JSON.');
  }
  const { query, extensions, variables, operationName } = (isMap(body) ? body : {}) as Record<string, unknown>;
  if (typeof query !== 'string' && !isMap(extensions))
    throw new Refusal('BAD_REQUEST', 'The request needs a `query`, as text.');
  if (variables !== undefined && variables !== null && !isMap(variables))
    throw new Refusal('BAD_REQUEST', 'The `variables` must be a map.');
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    throw new Refusal('BAD_REQUEST', 'The `operationName` must be text.');
  return { query, extensions, variables, operationName } as Operation;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const tooManyConnections = () =>
  new Refusal('RATE_LIMITED', 'You have too many connections open. Close one of them first.');
