import { type IncomingHttpHeaders, request } from 'node:http';

export interface Sent {
  method?: string;
  /** As it is written, in place of the address's own. */
  path?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
}

export interface Got {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
}

/** Headers of a question in JSON. */
export const json = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };

/** Without what fetch would add, tidy or refuse to send; each time on a connection of its own. */
export function send(url: string, { method = 'POST', path, headers = {}, body }: Sent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false, ...(path && { path }) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        resolve({ status: response.statusCode!, headers: response.headers, body, text: String(body) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Asks as a browser does that opens a page. */
export const browse = (url: string, path: string): Promise<Got> =>
  send(url, { method: 'GET', path, headers: { accept: 'text/html' } });
