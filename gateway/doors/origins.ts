import type { IncomingMessage, ServerResponse } from 'node:http';

/** Where Apollo's Sandbox runs: its own page, and the frame that the landing page opens. */
const sandbox = ['https://studio.apollographql.com', 'https://sandbox.embed.apollographql.com'];

export interface Origins {
  /** May a page of this origin open a socket? Programs that are no browser send none. */
  isAllowed(origin: string | undefined, host: string | undefined): boolean;
  /** Sets what CORS asks for; true when the request was a preflight and is answered. */
  answerPreflight(request: IncomingMessage, response: ServerResponse): boolean;
}

/**
 * Which web pages may call. An origin is compared whole, and web views have schemes of their own (`capacitor://localhost`). Cookies are never
 * involved, so a page gains nothing by a header: unless a list is given, it may send whatever it asks for (tracing adds headers unasked).
 */
export function openOrigins(
  allowed: readonly string[],
  development: boolean,
  allowedHeaders: readonly string[] | '*' = '*',
): Origins {
  const listed = new Set([...allowed, ...(development ? sandbox : [])]);
  const headersFor = (asked: string | undefined) =>
    allowedHeaders === '*' && asked !== undefined && isListOfNames(asked)
      ? asked
      : [...usual, ...(allowedHeaders === '*' ? [] : allowedHeaders)].join(', ');
  return {
    isAllowed: (origin, host) =>
      origin === undefined || listed.has(origin) || origin === `http://${host}` || origin === `https://${host}`,
    answerPreflight({ method, headers }, response) {
      const { origin } = headers;
      response.setHeader('vary', method === 'OPTIONS' ? 'Origin, Access-Control-Request-Headers' : 'Origin');
      if (origin !== undefined && listed.has(origin)) {
        response.setHeader('access-control-allow-origin', origin);
        response.setHeader('access-control-expose-headers', 'x-request-id, retry-after');
        if (method === 'OPTIONS') {
          response.setHeader('access-control-allow-methods', 'GET, POST');
          response.setHeader('access-control-allow-headers', headersFor(headers['access-control-request-headers']));
          response.setHeader('access-control-max-age', '600');
        }
      }
      if (method !== 'OPTIONS') return false;
      response.writeHead(204).end();
      return true;
    },
  };
}

const usual = ['content-type', 'authorization', 'x-request-id', 'apollo-require-preflight', 'x-apollo-operation-name'];

const isListOfNames = (text: string) =>
  text.length <= 2000 && /^[\w!#$%&'*+.^`|~-]+(\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/.test(text);
