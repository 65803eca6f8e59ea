import type { IncomingMessage, ServerResponse } from 'node:http';
import { OperationTypeNode } from 'graphql';
import { Refusal } from '../../../shared/errors.ts';
import { HttpRefusal, requestIdOf } from '../../../shared/process/http.ts';
import { traceIn } from '../../../shared/process/tracing.ts';
import type { AnswerOperation, OperationRequest, SingleAnswer } from '../../answerOperation.ts';
import type { AnswerHead } from '../../execution/answer/answerHeads.ts';
import { clientIn } from '../../usage/clientName.ts';
import { cacheModeOf } from '../../identity/forwarding.ts';
import type { HeaderRules } from '../../identity/headerRules.ts';
import type { AddressOf } from '../addresses.ts';
import { headOf } from './answerHead.ts';
import { textOf } from './answerText.ts';
import type { Compress } from '../compression.ts';
import { writeInParts } from './deferredParts.ts';
import type { EventStreams } from '../streams/eventStreams.ts';
import { type JsonType, acceptedBy } from './negotiation.ts';
import { operationIn, operationInAddress, parseJson, refuseForm } from './operationText.ts';
import type { BodyReader } from '../requestBody.ts';
import { multipartSubscription } from '../streams/streamForms.ts';

export interface HttpDoorSettings {
  answerOperation: AnswerOperation;
  addressOf: AddressOf;
  readText: BodyReader;
  streams: EventStreams;
  /** What header rules read of a request. */
  takeHeaders?: HeaderRules['take'] | undefined;
  /** A reader that takes nothing of an answer in parts for so long is gone. */
  patienceMs: number;
  /** Absent: answers are sent as they are. */
  compress?: Compress | undefined;
}

/** Resolves when the answer is written. Throws the Refusal of a request that is no operation. */
export type HttpDoor = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * GraphQL over HTTP, and over server-sent events: one request is one operation. A client that likes events best gets every result as an event;
 * a subscription is served to whoever takes events at all.
 */
export function openHttpDoor({
  answerOperation,
  addressOf,
  readText,
  streams,
  takeHeaders,
  compress,
  patienceMs,
}: HttpDoorSettings): HttpDoor {
  return async (request, response) => {
    const { method, headers } = request;
    const requestId = requestIdOf(request);
    const address = addressOf(request);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-request-id', requestId);
    if (method !== 'GET' && method !== 'POST') {
      response.setHeader('allow', 'GET, POST');
      throw new HttpRefusal(405, 'GraphQL is served by POST and GET.');
    }
    refuseForm(request);
    const { json, events, prefersEvents, parts, deferred } = acceptedBy(headers.accept);
    if (!json && !events && !parts && !deferred)
      throw new HttpRefusal(
        406,
        'Answers are application/graphql-response+json, application/json, text/event-stream or multipart/mixed.',
      );
    const text =
      method === 'GET'
        ? operationInAddress(request.url ?? '/')
        : operationIn(parseJson(await readText(request, address)));
    const left = new AbortController();
    response.once('close', () => response.writableFinished || left.abort());
    const answer = await answerOperation({
      ...text,
      door: prefersEvents ? 'events' : 'http',
      authorization: headers.authorization,
      address,
      requestId,
      signal: left.signal,
      headers: takeHeaders?.(headers),
      cache: cacheModeOf(headers['cache-control']),
      client: clientIn(headers),
      trace: traceIn(headers),
      takesParts: deferred !== undefined && !prefersEvents,
      refuse: refusals[method][events || parts ? 'withStreams' : 'withoutStreams'],
    });
    if (answer.kind === 'stream') {
      const form = parts && !prefersEvents ? multipartSubscription : undefined;
      await streams.serve(answer, address, request, response, form);
    } else if (prefersEvents && answer.stage !== 'request') streams.writeSingle(answer, response);
    else if (answer.later && deferred) {
      if (answer.head) writeHead(answer.head, response);
      await writeInParts({ ...answer, later: answer.later }, deferred, response, patienceMs);
    } else await writeSingle(answer, json ?? 'application/json', response, compress);
  };
}

async function writeSingle(
  answer: SingleAnswer,
  type: JsonType,
  response: ServerResponse,
  compress: Compress | undefined,
): Promise<void> {
  const { status, headers } = headOf(answer, type);
  const text = Buffer.from(`${textOf(answer)}\n`);
  if (answer.head) writeHead(answer.head, response);
  const body = compress ? await compress(text, response.req.headers['accept-encoding'], response) : text;
  response.writeHead(status, {
    ...headers,
    'content-type': `${type}; charset=utf-8`,
    'content-length': body.length,
  });
  response.end(body);
}

function writeHead({ headers, cacheControl }: AnswerHead, response: ServerResponse): void {
  for (const [name, value] of headers) response.appendHeader(name, value);
  if (cacheControl === undefined) return;
  response.setHeader('cache-control', cacheControl);
  response.appendHeader('vary', 'Authorization');
}

type Refuse = NonNullable<OperationRequest['refuse']>;

const byPostOnly: Refuse = (type) =>
  type === OperationTypeNode.QUERY ? undefined : new Refusal('BAD_REQUEST', `A GET cannot carry a ${type}.`);
const withoutMutations: Refuse = (type) => (type === OperationTypeNode.MUTATION ? byPostOnly(type) : undefined);
const withoutStreams: Refuse = (type) =>
  type === OperationTypeNode.SUBSCRIPTION
    ? new Refusal(
        'SUBSCRIPTIONS_OVER_WS_ONLY',
        'Subscriptions are served as server-sent events, by `accept: text/event-stream`, in parts, by `accept: multipart/mixed;subscriptionSpec=1.0`, and over WebSocket at this same address.',
      )
    : undefined;
const refusals = {
  GET: { withStreams: withoutMutations, withoutStreams: byPostOnly },
  POST: { withStreams: () => undefined, withoutStreams: withoutStreams },
} satisfies Record<string, Record<string, Refuse>>;
