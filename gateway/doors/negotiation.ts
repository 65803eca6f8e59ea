import Negotiator from 'negotiator';
import { LruCache } from '../../shared/lruCache.ts';

export type JsonType = 'application/json' | 'application/graphql-response+json';

/** What a client takes, by the quality values of its `Accept`. */
export interface Accepted {
  /** Of the types of GraphQL over HTTP, the one it likes best. */
  json: JsonType | undefined;
  /** It takes server-sent events, and so may be sent a stream. */
  events: boolean;
  /** It likes them better than JSON, so that a single result is sent as an event too. */
  prefersEvents: boolean;
}

const events = 'text/event-stream';
/** In the order of our own preference, for clients that like several equally. */
const served = ['application/json', 'application/graphql-response+json', events];
const known = new LruCache<Accepted>(100, 50_000);

/** Clients send very few different headers, so each is read once. */
export const acceptedBy = (accept = '*/*'): Accepted =>
  known.get(accept, () => {
    const types = negotiator(accept).mediaTypes(served);
    return {
      json: types.find((type) => type !== events) as JsonType | undefined,
      events: types.includes(events),
      prefersEvents: types[0] === events,
    };
  });

/** Would a browser rather have a page than what a program asks for? */
export const prefersPage = (accept = '*/*'): boolean =>
  negotiator(accept).mediaType([...served, 'text/html']) === 'text/html';

/** Without the parameters of types: what is served has none but its charset, and is no other for a client that names it. */
const negotiator = (accept: string) =>
  new Negotiator({ headers: { accept: accept.replace(/;\s*(?!q\s*=)[\w-]+\s*=\s*("[^"]*"|[^,;]*)/gi, '') } });
