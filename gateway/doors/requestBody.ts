import type { IncomingMessage } from 'node:http';
import { readBody } from '../../shared/http.ts';
import type { Viewers } from '../identity/viewers.ts';
import type { Limits } from '../limits/limits.ts';
import { Turns } from '../limits/turns.ts';
import type { UnreadRequests } from '../limits/unreadRequests.ts';

/** Reads the body of a request from this address; whoever parses it does so at once. Throws a Refusal, or ClientLeft. */
export type BodyReader = (request: IncomingMessage, address: string) => Promise<string>;

/**
 * Bodies beyond `strangerBytes` are for those who show a good token: reading and parsing one takes as long as a hundred small requests. For the
 * same reason they are parsed one in each turn of the event loop.
 */
export function openBodies(viewers: Viewers, unread: UnreadRequests, limits: Limits): BodyReader {
  const turns = new Turns();
  return async (request, address) => {
    const { 'content-length': length, authorization } = request.headers;
    const isSmall = length !== undefined && Number(length) <= limits.strangerBytes;
    const limit = isSmall || !(await viewers(authorization)) ? limits.strangerBytes : limits.bodyBytes;
    const reading = unread.begin(address);
    const text = await readBody(request, limit, reading.hold).finally(reading.end);
    if (text.length > limits.strangerBytes) await turns.next();
    return text;
  };
}
