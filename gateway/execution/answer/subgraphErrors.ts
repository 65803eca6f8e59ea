import type { GraphQLFormattedError } from 'graphql';
import { details, mask } from '../../../shared/errors.ts';
import type { Log } from '../../../shared/process/log.ts';

/** Complaints about the request itself are about what the gateway made of it, so the client must not read them as its own mistake. */
const ours = new Set<unknown>([
  'BAD_REQUEST',
  'PAYLOAD_TOO_LARGE',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
]);

export interface ErrorTerms {
  /** The subgraph. */
  service: string;
  requestId: string;
  log: Log;
  /** Codes that clients may read beside those of the gateway, and extensions beside `details`. */
  errorCodes?: ReadonlySet<unknown>;
  errorDetails?: ReadonlySet<unknown>;
}

/** What a client may read of a subgraph's error; what is hidden is logged. */
export function maskSubgraph(error: GraphQLFormattedError, terms: ErrorTerms): GraphQLFormattedError {
  const { service, requestId, log, errorCodes, errorDetails } = terms;
  const told = Object.entries(error.extensions ?? {}).filter(
    ([name]) => details.has(name) || errorDetails?.has(name) === true,
  );
  const code = ours.has(error.extensions?.['code']) ? 'INTERNAL_SERVER_ERROR' : error.extensions?.['code'];
  const { path, message } = error;
  const formatted = {
    message: typeof message === 'string' ? message : '',
    ...(path && { path }),
    extensions: { ...Object.fromEntries(told), code, serviceName: service },
  };
  if (errorCodes?.has(code)) return formatted;
  const masked = mask(formatted);
  if (masked.extensions?.['code'] === 'INTERNAL_SERVER_ERROR')
    log.error({ service, requestId, error: { ...error, message: String(message).slice(0, 500) } }, 'a subgraph failed');
  return masked;
}
