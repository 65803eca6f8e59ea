import type { GraphQLFormattedError } from 'graphql';
import { mask } from '../../../shared/errors.ts';
import type { Log } from '../../../shared/log.ts';
import type { SubgraphAnswer } from '../execution.ts';
import { parseExact } from './exactJson.ts';

/** Stands for the answer of a subgraph that gave none, or none that can be used. */
export function failedAnswer(service: string, isLate: boolean): SubgraphAnswer {
  const what = isLate ? 'took too long to answer' : 'is not available at the moment';
  const code = isLate ? 'SUBGRAPH_TIMEOUT' : 'SUBGRAPH_UNAVAILABLE';
  const message = `The part of the graph called "${service}" ${what}.`;
  return { data: null, errors: [{ message, extensions: { code, serviceName: service } }] };
}

/** Complaints about the request itself are about what the gateway made of it, so the client must not read them as its own mistake. */
const ours = new Set<unknown>([
  'BAD_REQUEST',
  'PAYLOAD_TOO_LARGE',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
]);

/** What a client may read of a subgraph's error; what is hidden is logged. */
export function maskSubgraph(
  error: GraphQLFormattedError,
  service: string,
  requestId: string,
  log: Log,
  shown: ReadonlySet<unknown> = new Set(),
): GraphQLFormattedError {
  const code = error.extensions?.['code'];
  if (shown.has(code)) return { ...error, extensions: { code, serviceName: service } };
  const extensions = ours.has(code) ? { code: 'INTERNAL_SERVER_ERROR' } : { ...error.extensions, serviceName: service };
  const masked = mask({ ...error, extensions });
  if (masked.extensions?.['code'] === 'INTERNAL_SERVER_ERROR')
    log.error(
      { service, requestId, error: { ...error, message: String(error.message).slice(0, 500) } },
      'a subgraph failed',
    );
  const { http: _, ...rest } = masked.extensions ?? {}; // would set the status and headers of our own answer
  return { ...masked, extensions: rest };
}

/** A JSON answer of the GraphQL shape. */
export function asAnswer(text: string): SubgraphAnswer {
  const answer = parseExact(text);
  if (!isObject(answer) || (!isObject(answer['data']) && !Array.isArray(answer['errors'])))
    throw new Error('it answered JSON that is not of the GraphQL shape');
  const { data, errors } = answer as { data?: unknown; errors?: unknown };
  return {
    ...(data !== undefined && { data: isObject(data) ? data : null }),
    ...(Array.isArray(errors) &&
      errors.length > 0 && { errors: errors.filter(isObject) as unknown as GraphQLFormattedError[] }),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
