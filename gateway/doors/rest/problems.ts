import { STATUS_CODES } from 'node:http';
import type { Code } from '../../../shared/errors.ts';

/** The status of each code over REST; what is not here is 400. */
const statuses: Partial<Record<Code, number>> = {
  UNAUTHENTICATED: 401,
  INVALID_CREDENTIALS: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  IDEMPOTENCY_CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  INTERNAL_SERVER_ERROR: 500,
  UNAVAILABLE: 503,
  SUBGRAPH_UNAVAILABLE: 503,
  SUBGRAPH_TIMEOUT: 504,
  OPERATION_TIMEOUT: 504,
};

export const statusOf = (code: unknown): number => statuses[code as Code] ?? 400;

/** Problem details (RFC 9457): what programs need to know of a request that came to nothing. */
export interface Problem {
  type: 'about:blank';
  title: string;
  status: number;
  detail: string;
  /** From the closed list that GraphQL has in `extensions.code`. */
  code: string;
  requestId: string;
  [extension: string]: unknown;
}

export function problemOf(
  code: string,
  detail: string,
  requestId: string,
  { code: _, ...extensions }: Record<string, unknown> = {},
  status = statusOf(code),
): Problem {
  return {
    ...extensions,
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    requestId,
  };
}

/** The same for clients of OAuth 2 (RFC 6749, 5.2), which look for `error`. */
export const oauthErrorOf = ({ code, detail }: Problem) => ({
  error: code === 'INVALID_CREDENTIALS' || code === 'FORBIDDEN' ? 'invalid_grant' : 'invalid_request',
  error_description: detail,
});
