import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { type ApolloServer, type BaseContext, HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { codeTerms } from '../codes.ts';
import { StartRefusal } from './environment.ts';
import { type Code, Refusal } from '../errors.ts';
import type { Log } from './log.ts';
import { isNestedDeeper, jsonLevelsAtMost } from '../nesting.rules.ts';

/** What the graph takes as JSON, and around it the request and what the gateway asks with. */
const bodyLevels = jsonLevelsAtMost + 16;

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface HttpDoor {
  url: string;
  port: number;
  server: Server;
  /** From now on each answer ends its connection, so that its client goes elsewhere; whoever comes is still answered. */
  leave(): void;
  /** Lets requests in flight finish, at most `graceMs`, and takes no new ones. */
  stop(graceMs?: number): Promise<void>;
}

/** Opens a door on one address. What a handler throws is answered as one JSON error; a taken port is a StartRefusal. */
export async function openDoor(host: string, port: number, log: Log, handler: Handler): Promise<HttpDoor> {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    if (isAmbiguous(request)) throw new HttpRefusal(400, 'The header authorization may be sent only once.');
    await handler(request, response);
  };
  /** Connections that have not asked for anything: Node counts them as busy. */
  const silent = new Set<Socket>();
  let isLeaving = false;
  const server = createServer(
    { headersTimeout: 8000, requestTimeout: 13_000, connectionsCheckingInterval: 1000, keepAliveTimeout: 65_000 },
    (request, response) => {
      silent.delete(request.socket);
      response.setHeader('x-content-type-options', 'nosniff');
      if (isLeaving) response.setHeader('connection', 'close');
      handle(request, response).catch((error: unknown) => {
        if (error instanceof ClientLeft) return;
        if (!(error instanceof Refusal)) log.error({ err: error }, 'a request failed');
        answerRefusal(
          response,
          error instanceof Refusal ? error : new Refusal('INTERNAL_SERVER_ERROR', 'Internal server error'),
        );
      });
    },
  );
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' || error.code === 'EACCES'
          ? new StartRefusal(
              `Port ${port} on ${host} ${error.code === 'EACCES' ? 'may not be used by this user' : 'is taken by another process'}.`,
              'Stop that process, or choose another port with PORT.',
            )
          : error,
      ),
    );
    // Thousands of clients may come back at the same moment.
    server.listen({ port, host, backlog: 4096 }, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    server,
    leave: () => void (isLeaving = true),
    stop: (graceMs = 3000) =>
      new Promise<void>((resolve) => {
        const hard = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => (clearTimeout(hard), resolve()));
        server.closeIdleConnections();
        for (const socket of silent) socket.destroy();
      }),
  };
}

/** Of several `Authorization` headers Node shows the first, and who stands between may have read another. */
export const isAmbiguous = ({ rawHeaders }: { rawHeaders: readonly string[] }): boolean => {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]!.length === 13 && rawHeaders[i]!.toLowerCase() === 'authorization') count++;
  return count > 1;
};

/** Nobody waits for an answer any more. */
export class ClientLeft extends Error {}

export const statusOfCode = (code: Code): number => codeTerms[code].http;

/** A request that is refused for its form, with a status that says more than its code. */
export class HttpRefusal extends Refusal {
  readonly status: number;
  constructor(status: number, message: string) {
    super('BAD_REQUEST', message);
    this.status = status;
  }
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  if (response.headersSent) return void response.destroy();
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** A request that did not reach GraphQL, answered in GraphQL's own error shape. */
export function answerRefusal(response: ServerResponse, refusal: Refusal): void {
  const status = refusal instanceof HttpRefusal ? refusal.status : statusOfCode(refusal.code);
  const { retryAfterSeconds } = refusal.extensions;
  if (typeof retryAfterSeconds === 'number') response.setHeader('retry-after', retryAfterSeconds);
  // What is left of the body is not wanted.
  if (!response.req.complete) response.setHeader('connection', 'close');
  answerJson(response, status, { errors: [{ message: refusal.message, extensions: refusal.extensions }] });
}

/** The whole body as text; PAYLOAD_TOO_LARGE beyond the limit, which is in bytes. `hold` is told of the bytes that are kept, and may throw. */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  hold: (bytes: number) => void = () => {},
): Promise<string> {
  const { 'content-encoding': encoding = 'identity', 'content-length': length } = request.headers;
  if (encoding.toLowerCase() !== 'identity') throw new HttpRefusal(415, 'Compressed request bodies are not accepted.');
  const tooLarge = () => new Refusal('PAYLOAD_TOO_LARGE', `The request body is larger than ${limit} bytes.`);
  if (Number(length) > limit) throw tooLarge();
  if (request.destroyed) throw new ClientLeft();
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const refuse = (error: unknown) => {
      chunks.length = 0;
      size = Infinity;
      reject(error as Error);
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size === Infinity) return;
      if (size > limit) return refuse(tooLarge());
      try {
        hold(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        refuse(error);
      }
    });
    request.on('end', () => resolve((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8')));
    request.on('error', () => {});
    request.on('close', () => reject(new ClientLeft()));
  });
}

/** The caller's request id when it is well formed, else a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}

/** GraphQL over HTTP through Apollo Server's own pipeline, on a bare node server. */
export async function answerGraphQL<Context extends BaseContext>(
  apollo: ApolloServer<Context>,
  request: IncomingMessage,
  response: ServerResponse,
  context: () => Promise<Context>,
  bodyLimit: number,
): Promise<void> {
  const text = request.method === 'POST' ? await readBody(request, bodyLimit) : '';
  const isJson = request.headers['content-type']?.startsWith('application/json');
  const body = isJson ? parseJson(text) : text;
  // Whatever walks it from here on may be recursive.
  if (isNestedDeeper(body, bodyLevels)) throw new Refusal('BAD_USER_INPUT', 'A value is nested too deeply.');
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  const answer = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method ?? 'GET',
      headers,
      search: new URL(request.url ?? '/', 'http://door').search,
      body,
    },
    context: () => context().catch(asHttpError),
  });
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  response.statusCode = answer.status ?? 200;
  if (answer.body.kind === 'complete') return void response.end(answer.body.string);
  for await (const chunk of answer.body.asyncIterator) response.write(chunk);
  response.end();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('BAD_REQUEST', 'The request body is not valid JSON.');
  }
}

/** A refusal before execution sets the status of the whole answer. */
function asHttpError(error: unknown): never {
  if (!(error instanceof Refusal)) throw error;
  throw new GraphQLError(error.message, {
    extensions: { ...error.extensions, http: { status: statusOfCode(error.code) } },
  });
}

/** Answers `/health` (the process lives) and `/ready` (it can serve: every check resolves). False for any other path. */
export async function answerProbe(
  path: string,
  response: ServerResponse,
  ready: () => Promise<unknown>,
): Promise<boolean> {
  if (path === '/health') answerJson(response, 200, { status: 'ok' });
  else if (path === '/ready')
    await ready().then(
      () => answerJson(response, 200, { status: 'ready' }),
      () => answerJson(response, 503, { status: 'not ready' }),
    );
  else return false;
  return true;
}
