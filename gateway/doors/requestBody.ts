import type { IncomingMessage } from 'node:http';
import { readBody } from '../../shared/process/http.ts';
import type { Viewers } from '../identity/viewers.ts';
import type { Limits } from '../limits/limits.ts';
import { Turns } from '../limits/turns.ts';
import type { Unread, UnreadRequests } from '../limits/unreadRequests.ts';

/** Reads the body of a request from this address; whoever parses it does so at once. Throws a Refusal, or ClientLeft. */
export type BodyReader = (request: IncomingMessage, address: string) => Promise<string>;

/** How bodies are admitted, whatever carries them. */
export interface Bodies {
  readText: BodyReader;
  /** So many bytes are read of everyone. */
  smallBytes: number;
  /** The largest body of who shows this authorization. Never rejects. */
  limitFor(authorization: string | undefined): Promise<number>;
  /** A body has begun to come. Throws RATE_LIMITED when this network has begun too many. */
  begin(address: string): Unread;
}

/**
 * Bodies beyond `strangerBytes` are for those who show a good token: reading and parsing one takes as long as a hundred small requests. For the
 * same reason they are parsed one in each turn of the event loop.
 */
export function openBodies(viewers: Viewers, unread: UnreadRequests, limits: Limits): Bodies {
  const turns = new Turns();
  const { strangerBytes: smallBytes, bodyBytes } = limits;
  const limitOf = async (authorization: string | undefined) =>
    (await viewers(authorization)) ? bodyBytes : smallBytes;
  return {
    smallBytes,
    limitFor: (authorization) => limitOf(authorization).catch(() => smallBytes),
    begin: (address) => unread.begin(address),
    async readText(request, address) {
      const { 'content-length': length, authorization } = request.headers;
      const isSmall = length !== undefined && Number(length) <= smallBytes;
      // Who shows a token that has expired is told that, and not that the body is too large.
      const limit = isSmall ? smallBytes : await limitOf(authorization);
      const reading = unread.begin(address);
      const text = await readBody(request, limit, reading.hold).finally(reading.end);
      if (text.length > smallBytes) await turns.next();
      return text;
    },
  };
}
