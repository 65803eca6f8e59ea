import type { IncomingMessage, ServerResponse } from 'node:http';

/** Where Apollo's Sandbox runs: its own page, and the frame that the landing page opens. */
const sandbox = ['https://studio.apollographql.com', 'https://sandbox.embed.apollographql.com'];

export interface Origins {
  /** May a page of this origin open a socket? Programs that are no browser send none. */
  isAllowed(origin: string | undefined, host: string | undefined): boolean;
  /** Sets what CORS asks for; true when the request was a preflight and is answered. */
  answerPreflight(request: IncomingMessage, response: ServerResponse): boolean;
}

/** Which web pages may call. An origin is compared whole, and cookies are never involved. */
export function openOrigins(allowed: readonly string[], development: boolean): Origins {
  const listed = new Set([...allowed, ...(development ? sandbox : [])]);
  return {
    isAllowed: (origin, host) =>
      origin === undefined || listed.has(origin) || origin === `http://${host}` || origin === `https://${host}`,
    answerPreflight({ method, headers: { origin } }, response) {
      response.setHeader('vary', 'Origin');
      if (origin !== undefined && listed.has(origin)) {
        response.setHeader('access-control-allow-origin', origin);
        response.setHeader('access-control-expose-headers', 'x-request-id');
        if (method === 'OPTIONS') {
          response.setHeader('access-control-allow-methods', 'GET, POST');
          response.setHeader(
            'access-control-allow-headers',
            'content-type, authorization, x-request-id, apollo-require-preflight, x-apollo-operation-name',
          );
          response.setHeader('access-control-max-age', '600');
        }
      }
      if (method !== 'OPTIONS') return false;
      response.writeHead(204).end();
      return true;
    },
  };
}
