import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import Negotiator from 'negotiator';
import type { SingleAnswer } from '../../answerOperation.ts';
import { isExactNumber, parseExact } from '../../execution/answer/exactJson.ts';
import type { Compress } from '../compression.ts';
import { type Problem, oauthErrorOf, problemOf } from './problems.ts';
import type { Route } from './routes.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export const at = (value: Json | undefined, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((place, key) => {
    if (typeof place !== 'object' || place === null) return undefined;
    return Array.isArray(place) ? place[Number(key)] : place[key];
  }, value);

/** The body of a success: the member of data that the route answers, with what it adds. Undefined: the addressed thing is not there. */
export function bodyOf({ answer, copies, constants }: Route, data: Json): Json | undefined {
  const found = at(data, answer);
  if (found === null || found === undefined) return undefined;
  const complete = (value: Json): Json =>
    typeof value !== 'object' || value === null || Array.isArray(value) || isExactNumber(value)
      ? value
      : {
          ...value,
          ...Object.fromEntries(Object.entries(copies).map(([key, path]) => [key, at(value, path) ?? null])),
          ...(constants as Record<string, Json>),
        };
  return Array.isArray(found) ? found.map(complete) : complete(found);
}

/** Where an answer goes. */
export interface Reply {
  request: IncomingMessage;
  response: ServerResponse;
  /** Absent: answers are sent as they are. */
  compress?: Compress | undefined;
}

/** Writes what an operation has come to: the body, a problem, or that nothing has changed since the client asked last. */
export async function writeAnswer(route: Route, answer: SingleAnswer, requestId: string, reply: Reply): Promise<void> {
  const { request, response } = reply;
  const data = answer.data === undefined ? null : (parseExact(answer.data) as Json);
  const body = bodyOf(route, data);
  if (body === undefined) {
    const [error] = answer.errors ?? [];
    const code = typeof error?.extensions?.['code'] === 'string' ? error.extensions['code'] : 'NOT_FOUND';
    const detail = error?.message ?? 'There is nothing at this address that you may see.';
    // A named operation was checked when it was read: what it says is not the client's fault, what it was given is.
    return writeProblem(route, problemOf(code, detail, requestId, error?.extensions), reply);
  }
  if (answer.errors)
    response.setHeader('x-partial-errors', answer.errors.map((one) => one.path?.join('.') ?? '').join(' '));
  const link = linkTo(route, data, request);
  if (link) response.setHeader('link', link);
  const asText = typeof body === 'string' ? textTypeFor(route, request) : undefined;
  if (route.text.length > 0) response.appendHeader('vary', 'Accept');
  await write(route.status, asText ?? 'application/json', asText ? String(body) : JSON.stringify(body), reply);
}

/** The media type as which the client wants the answer by itself; undefined: as JSON. */
function textTypeFor({ text }: Route, request: IncomingMessage): string | undefined {
  const wanted = text.length > 0 ? new Negotiator(request).mediaType(['application/json', ...text]) : undefined;
  return wanted === 'application/json' ? undefined : wanted;
}

/** The next page of a connection (RFC 8288), relative to the address that was asked. */
function linkTo({ page }: Route, data: Json, { url = '/' }: IncomingMessage): string | undefined {
  const info = page && at(data, page);
  if (typeof info !== 'object' || info === null || Array.isArray(info)) return undefined;
  if (info['hasNextPage'] !== true || typeof info['endCursor'] !== 'string') return undefined;
  const [path = '/', ...rest] = url.split('?');
  const query = new URLSearchParams(rest.join('?'));
  query.set('after', info['endCursor']);
  return `<${path}?${query.toString()}>; rel="next"`;
}

async function write(status: number, type: string, text: string, reply: Reply): Promise<void> {
  const { request, response, compress } = reply;
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  response.setHeader('cache-control', isReading ? 'private, no-cache' : 'no-store');
  if (isReading) {
    const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
    // One tag for all encodings of an answer is a weak one.
    response.setHeader('etag', compress ? `W/${tag}` : tag);
    response.appendHeader('vary', 'Authorization');
    if (isKnown(request.headers['if-none-match'], tag)) {
      if (compress) response.appendHeader('vary', 'Accept-Encoding');
      return void response.writeHead(304).end();
    }
  }
  await send(status, `${type}; charset=utf-8`, text, reply);
}

async function send(status: number, type: string, text: string, { request, response, compress }: Reply): Promise<void> {
  const whole = Buffer.from(text);
  const body = compress ? await compress(whole, request.headers['accept-encoding'], response) : whole;
  response.writeHead(status, { 'content-type': type, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

const isKnown = (given: string | undefined, tag: string) =>
  given !== undefined &&
  (given.trim() === '*' || given.split(',').some((one) => one.trim().replace(/^W\//, '') === tag));

export function writeProblem(
  route: Pick<Route, 'form' | 'basic'> | undefined,
  problem: Problem,
  reply: Reply,
): Promise<void> {
  const { status, retryAfterSeconds } = problem;
  const { response } = reply;
  if (typeof retryAfterSeconds === 'number') response.setHeader('retry-after', retryAfterSeconds);
  if (status === 401)
    response.setHeader(
      'www-authenticate',
      route?.basic ? ['Bearer', 'Basic realm="questline", charset="UTF-8"'] : 'Bearer',
    );
  response.setHeader('cache-control', 'no-store');
  const body = JSON.stringify(route?.form ? { ...oauthErrorOf(problem), ...problem } : problem);
  return send(status, 'application/problem+json', body, reply);
}
