import type { IncomingMessage, ServerResponse } from 'node:http';
import { type GraphQLError, OperationTypeNode } from 'graphql';
import { headOf } from './answerHead.ts';
import type { Caller } from '../identity/forwarding.ts';
import type { Graph } from '../supergraph/graph.ts';
import { type Report, overHttp } from '../pipeline.ts';

/** What clients send as `accept`, and the type that they get. */
const types = new Map<string | undefined, string>([
  [undefined, 'application/json; charset=utf-8'],
  ['*/*', 'application/json; charset=utf-8'],
  ['application/json', 'application/json; charset=utf-8'],
  ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
  ['application/graphql-response+json,application/json;q=0.9', 'application/graphql-response+json; charset=utf-8'],
]);

export interface PlainRequest {
  query: string;
  variables?: Record<string, unknown> | null;
  operationName?: string | null;
}

/** Has it a body that must be JSON? */
export const isJson = ({ method, headers }: IncomingMessage): boolean =>
  method === 'POST' && headers['content-type']?.startsWith('application/json') === true;

/** Whether a request may be answered by `answerDirectly`, once its body has turned out to be a plain one. */
export const isDirect = (request: IncomingMessage): boolean => isJson(request) && types.has(request.headers.accept);

/** A query, perhaps with variables and a name, each of the type that it must have, and nothing else. */
export function isPlain(body: unknown): body is PlainRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  const { query, variables, operationName, ...others } = body as Record<string, unknown>;
  return (
    typeof query === 'string' &&
    query !== '' &&
    (variables === undefined || (typeof variables === 'object' && !Array.isArray(variables))) &&
    (operationName === undefined || operationName === null || typeof operationName === 'string') &&
    others['extensions'] === undefined
  );
}

/**
 * Answers what clients send nearly always as Apollo Server would, byte for byte, without its pipeline: there it would be parsed a second time,
 * and the answer, which execution writes as text, would be parsed to be written again. The rest, GET above all, is Apollo Server's.
 */
export async function answerDirectly(
  { documents, execution }: Graph,
  { query, operationName, variables }: PlainRequest,
  caller: Caller,
  { headers }: IncomingMessage,
  response: ServerResponse,
  report: Report,
): Promise<void> {
  const send = (status: number, text: string) => {
    const body = Buffer.from(text);
    response.writeHead(status, { 'content-type': types.get(headers.accept)!, 'content-length': body.length });
    response.end(body);
  };
  const written = (errors: readonly GraphQLError[]) =>
    JSON.stringify(errors.map((error) => report(error.toJSON(), error)));

  // GraphQL over HTTP, 6.4.1: in application/json an answer is 200 once the request could be read, whatever is wrong with the document.
  const refused = types.get(headers.accept)!.startsWith('application/json') ? 200 : 400;
  const { operation, errors } = documents.read(query, operationName, variables);
  if (!operation) return send(refused, `{"errors":${written(errors)}}\n`);
  if (operation.kind === OperationTypeNode.SUBSCRIPTION) return send(refused, `{"errors":${written([overHttp()])}}\n`);
  const answer = await execution.write({ ...operation, caller });
  const head = headOf(answer.data !== 'null', answer.errors);
  if (head) response.setHeader('retry-after', head.retryAfterSeconds);
  send(
    head?.status ?? 200,
    answer.errors ? `{"errors":${written(answer.errors)},"data":${answer.data}}\n` : `{"data":${answer.data}}\n`,
  );
}
