import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { StreamResult } from '../../subscriptions/streamResult.ts';

/** How a stream of results is written over HTTP. */
export interface StreamForm {
  head: Readonly<Record<string, string>>;
  /** Sent at once: some clients wait for a first byte. */
  opening: string;
  /** A sign of life, which clients skip. */
  alive: string;
  /** How often it is sent at least. */
  aliveMs?: number;
  result(result: FormattedExecutionResult): string;
  /** The stream ends by an error. */
  failure(errors: readonly GraphQLFormattedError[]): string;
  /** It has ended; a stream that is cut ends without, and may be asked for again. */
  closing: string;
}

const common = { 'x-accel-buffering': 'no', connection: 'close' };
const jsonOf = (result: FormattedExecutionResult): string =>
  result instanceof StreamResult ? result.text : JSON.stringify(result);

/** An event `next` of graphql-sse. */
export const nextEvent = (text: string): string => `event: next\ndata: ${text}\n\n`;

/** Server-Sent Events whose results are written by `result`. */
export const eventsBy = (result: StreamForm['result']): StreamForm => ({
  head: { 'content-type': 'text/event-stream; charset=utf-8', ...common },
  opening: ':\n\n',
  alive: ':\n\n',
  result,
  failure: (errors) => result({ errors }),
  closing: 'event: complete\ndata: \n\n',
});

/** The graphql-sse protocol in its mode of distinct connections. */
export const graphqlEvents = eventsBy((result) => nextEvent(jsonOf(result)));

/** A part of a multipart body, and the delimiter after it: clients take a part when they see where it ends. */
export const partOf = (text: string): string => `\r\ncontent-type: application/json\r\n\r\n${text}\r\n--graphql`;
export const firstDelimiter = '\r\n--graphql';
export const lastDelimiter = '--\r\n';

/** Apollo's multipart protocol for subscriptions. */
export const multipartSubscription: StreamForm = {
  head: { 'content-type': 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0', ...common },
  opening: firstDelimiter + partOf('{}'),
  alive: partOf('{}'),
  aliveMs: 5000,
  result: (result) => partOf(`{"payload":${jsonOf(result)}}`),
  failure: (errors) => partOf(JSON.stringify({ payload: null, errors })),
  closing: lastDelimiter,
};
