import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import type { Log } from '../../../shared/process/log.ts';
import type { Certificates } from '../../supergraph/subgraphTerms.ts';
import type { Caller } from '../../identity/forwarding.ts';

/** One subscription at a subgraph, as long as it is wanted. */
export interface UpstreamStream {
  /** It was asked for at least once; from then on a subgraph that is away is waited for. */
  wasOpen?: boolean;
  /** What to subscribe to; asked again after a cut, when the stream goes on elsewhere and perhaps in another's name. */
  request(): UpstreamRequest;
  next(result: ExecutionResult): void;
  /** The subgraph refuses the stream. The milliseconds after which it is to be asked again; undefined: the stream is over. */
  refused(errors: readonly GraphQLFormattedError[]): number | undefined;
  complete(): void;
}

export interface UpstreamRequest {
  query: string;
  operationName?: string;
  variables: Record<string, unknown>;
  caller: Caller;
}

/** The streams of one subgraph by one protocol. What is cut is opened again until it is closed. */
export interface Upstream {
  readonly size: number;
  /** Why the subgraph cannot be reached, if that is so. */
  readonly trouble: string | undefined;
  open(stream: UpstreamStream): void;
  /** At once: nothing more is heard of it. */
  close(stream: UpstreamStream): void;
  stop(): Promise<void>;
}

/** What every protocol needs. */
export interface UpstreamSettings {
  service: string;
  /** Of the subgraph, in the protocol's own scheme; what is cut at one goes on at the next. */
  urls: readonly string[];
  gatewaySecret: string;
  tls: Certificates;
  connectionParams: Readonly<Record<string, string>>;
  pingMs: number;
  openMs: number;
  /** Told 1 when a connection opens and -1 when it is cut. */
  count(change: 1 | -1): void;
  /** The stream was asked for. */
  opened(stream: UpstreamStream): void;
  /** The subgraph refused the stream, which is closed by now. */
  refused(stream: UpstreamStream, errors: readonly GraphQLFormattedError[]): void;
  log: Log;
}

/** Of many gateways that lose the same subgraph, no two come back at the same moment. */
export const pauseAfter = (failures: number, mostMs = 3000): number =>
  Math.min(50 * 2 ** Math.min(failures, 10), mostMs) * (0.5 + Math.random());

/** The address to ask after so many failures in a row; who begins at another one goes round in the same order. */
export const urlAfter = (urls: readonly string[], first: number, failures: number): string =>
  urls[(first + failures) % urls.length]!;

/** A result without data, not even null, is a refusal. */
export function refusalIn(payload: unknown): readonly GraphQLFormattedError[] | undefined {
  const { data, errors } = (payload ?? {}) as { data?: unknown; errors?: GraphQLFormattedError[] };
  return data === undefined && Array.isArray(errors) ? errors : undefined;
}
