import { STATUS_CODES } from 'node:http';
import { isCode } from '../../../shared/errors.ts';
import { statusOfCode } from '../../../shared/process/http.ts';

/** A code that subgraphs have of their own is about what the client wants. */
export const statusOf = (code: unknown): number => (isCode(code) ? statusOfCode(code) : 400);

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
