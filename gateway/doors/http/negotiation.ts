import { type MIMEParams, MIMEType } from 'node:util';
import Negotiator from 'negotiator';
import { LruCache } from '../../../shared/lruCache.ts';

export type JsonType = 'application/json' | 'application/graphql-response+json';

/** What a client takes, by the quality values of its `Accept`. */
export interface Accepted {
  /** Of the types of GraphQL over HTTP, the one it likes best. */
  json: JsonType | undefined;
  /** It takes server-sent events, and so may be sent a stream. */
  events: boolean;
  /** It likes them better than JSON, so that a single result is sent as an event too. */
  prefersEvents: boolean;
  /** It takes subscriptions in parts of one body, by Apollo's multipart protocol. */
  parts: boolean;
  /** In which form it takes answers in parts, the deferred ones after the first. */
  deferred: DeferForm | undefined;
}

/** Apollo's first form, Apollo's name for the form of the specification, and that form by nobody's name. */
export type DeferForm = 'deferSpec=20220824' | 'incrementalSpec=v0.2' | 'incremental';

const events = 'text/event-stream';
/** In the order of our own preference, for clients that like several equally. */
const served = ['application/json', 'application/graphql-response+json', events];
const known = new LruCache<Accepted>(100, 50_000);

/** Clients send very few different headers, so each is read once. */
export const acceptedBy = (accept = '*/*'): Accepted =>
  known.get(accept, () => {
    const types = negotiator(accept).mediaTypes(served);
    const multipart = multipartIn(accept);
    return {
      json: types.find((type) => type !== events) as JsonType | undefined,
      events: types.includes(events),
      prefersEvents: types[0] === events,
      parts: multipart.some((params) => params.get('subscriptionspec') === '1.0'),
      deferred: multipart.map(deferFormOf).find((form) => form !== undefined),
    };
  });

/** The parameters of each `multipart/mixed` that a client takes, which tell protocols apart; the one that it likes best first. */
function multipartIn(accept: string): MIMEParams[] {
  const types = accept.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).flatMap((each) => {
    if (!/^\s*multipart\/mixed\s*(;|$)/i.test(each)) return [];
    const { params } = new MIMEType(each.trim());
    return [{ params, quality: Number(params.get('q') ?? 1) }];
  });
  return types
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ params }) => params);
}

function deferFormOf(params: MIMEParams): DeferForm | undefined {
  if (params.get('deferspec') === '20220824') return 'deferSpec=20220824';
  if (params.get('incrementalspec') === 'v0.2') return 'incrementalSpec=v0.2';
  const isOther = ['deferspec', 'incrementalspec', 'subscriptionspec'].some((name) => params.has(name));
  return isOther ? undefined : 'incremental';
}

/** Would a browser rather have a page than what a program asks for? */
export const prefersPage = (accept = '*/*'): boolean =>
  negotiator(accept).mediaType([...served, 'text/html']) === 'text/html';

/** Without the parameters of types: what is served has none but its charset, and is no other for a client that names it. */
const negotiator = (accept: string) =>
  new Negotiator({ headers: { accept: accept.replace(/;\s*(?!q\s*=)[\w-]+\s*=\s*("[^"]*"|[^,;]*)/gi, '') } });
