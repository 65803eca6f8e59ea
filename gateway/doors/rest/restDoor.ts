import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FormattedExecutionResult, GraphQLSchema } from 'graphql';
import { Refusal, unauthenticated } from '../../../shared/errors.ts';
import { HttpRefusal, requestIdOf } from '../../../shared/process/http.ts';
import { traceIn } from '../../../shared/process/tracing.ts';
import { clientIn } from '../../usage/clientName.ts';
import { cacheModeOf } from '../../identity/forwarding.ts';
import type { HeaderRules } from '../../identity/headerRules.ts';
import type { AnswerOperation, OperationAnswer } from '../../answerOperation.ts';
import type { Operations } from '../../operations/operations.ts';
import type { AddressOf } from '../addresses.ts';
import type { Compress } from '../compression.ts';
import type { EventStreams } from '../streams/eventStreams.ts';
import type { BodyReader } from '../requestBody.ts';
import { eventsBy } from '../streams/streamForms.ts';
import type { Origins } from '../origins.ts';
import { type Json, at, bodyOf, writeAnswer, writeProblem } from './answers.ts';
import { openBasic } from './basic.ts';
import { answerDocumentation } from './documentation.ts';
import { openApiOf } from './openApi.ts';
import { parametersFor } from './parameters.ts';
import { problemOf } from './problems.ts';
import { type Endpoint, variablesOf } from './requests.ts';
import { type Route, openRouter } from './routes.ts';

export interface RestDoorSettings {
  operations: Operations;
  schema: GraphQLSchema;
  answerOperation: AnswerOperation;
  addressOf: AddressOf;
  streams: EventStreams;
  readText: BodyReader;
  /** What header rules read of a request. */
  takeHeaders?: HeaderRules['take'] | undefined;
  /** Absent: answers are sent as they are. */
  compress?: Compress | undefined;
}

export interface RestDoor {
  /** What it serves, as an OpenAPI 3.1 document in JSON. */
  openApi: string;
  /** False when the address is none of this door's. */
  answer(request: IncomingMessage, response: ServerResponse, origins: Origins): Promise<boolean>;
}

/**
 * REST from named operations: an address and a method name an operation, and the request gives its variables. All else is what every door does.
 * Throws when an operation has a variable that its address cannot say.
 */
export function openRestDoor({
  operations,
  schema,
  answerOperation,
  addressOf,
  streams,
  readText,
  takeHeaders,
  compress,
}: RestDoorSettings): RestDoor {
  const { routes } = operations;
  const endpoints = routes.map((route): Endpoint => ({ route, parameters: parametersFor(route, schema) }));
  const endpointOf = new Map(endpoints.map((one) => [one.route, one]));
  const find = openRouter(routes);
  const basic = openBasic(
    answerOperation,
    routes.find(({ form }) => form),
  );
  const openApi = JSON.stringify(openApiOf(endpoints, schema), null, 2);

  const serve = async (
    endpoint: Endpoint,
    inPath: readonly string[],
    requestId: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const { route } = endpoint;
    // What a form signs in is in the form; the header may name a client of OAuth 2, and there are none.
    const authorization = route.form ? undefined : request.headers.authorization;
    if (route.signedIn && authorization === undefined) throw unauthenticated();
    const address = addressOf(request);
    const left = new AbortController();
    response.once('close', () => response.writableFinished || left.abort());
    const variables = await variablesOf(endpoint, inPath, request, () => readText(request, address));
    const ask = async () =>
      answerOperation({
        ...{ query: route.operation.text, variables, door: 'rest' },
        authorization: route.basic ? await basic.bearerFor(authorization, address, requestId) : authorization,
        ...{ address, requestId, signal: left.signal },
        headers: takeHeaders?.(request.headers),
        cache: cacheModeOf(request.headers['cache-control']),
        client: clientIn(request.headers),
        trace: traceIn(request.headers),
      });
    let answer = await ask();
    // The session that stands for a password may have ended, and nothing was executed then.
    if (route.basic && isStranger(answer) && basic.forget(authorization, address)) answer = await ask();
    if (answer.kind === 'single') return writeAnswer(route, answer, requestId, { request, response, compress });
    await streams.serve(
      answer,
      address,
      request,
      response,
      eventsBy((result) => eventOf(route, result)),
    );
  };

  return {
    openApi,
    async answer(request, response, origins) {
      if (answerDocumentation(openApi, request, response)) return true;
      const found = find((request.url ?? '/').split('?')[0]!);
      if (!found) return false;
      const requestId = requestIdOf(request);
      response.setHeader('x-request-id', requestId);
      const allow = allowed(found.routes);
      response.setHeader('allow', allow);
      if (origins.answerPreflight(request, response)) return true;
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      const route = found.routes.find((one) => one.method === method);
      try {
        if (!route) throw new HttpRefusal(405, `This address takes ${allow}.`);
        await serve(endpointOf.get(route)!, found.parameters, requestId, request, response);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const status = error instanceof HttpRefusal ? error.status : undefined;
        const problem = problemOf(error.code, error.message, requestId, error.extensions, status);
        await writeProblem(route, problem, { request, response, compress });
      }
      return true;
    },
  };
}

const isStranger = (answer: OperationAnswer) =>
  answer.kind === 'single' &&
  answer.stage === 'request' &&
  answer.errors?.[0]?.extensions?.['code'] === 'UNAUTHENTICATED';

/** One result of a subscription as a server-sent event. Its id is where a client goes on that sends it as Last-Event-ID. */
function eventOf(route: Route, { data, errors }: FormattedExecutionResult): string {
  const body = bodyOf(route, (data ?? null) as Json);
  if (body === undefined) return `event: error\ndata: ${JSON.stringify(errors ?? [])}\n\n`;
  const id = at((data ?? null) as Json, route.cursor ?? []);
  return `${typeof id === 'string' ? `id: ${id}\n` : ''}event: ${route.operation.name}\ndata: ${JSON.stringify(body)}\n\n`;
}

function allowed(routes: readonly Route[]): string {
  const methods = routes.map(({ method }) => method as string);
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
}
