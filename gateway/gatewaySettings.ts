import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KeySource, Viewer } from '../shared/identity.ts';
import type { Log } from '../shared/process/log.ts';
import type { Meter } from '../shared/process/metrics.ts';
import type { CacheSettings } from './cache/openCache.ts';
import type { Safelist } from './documents/persisted.ts';
import type { CompressionSettings } from './doors/compression.ts';
import type { GrpcServerSettings } from './doors/grpc/grpcServer.ts';
import type { Configuration } from './configuration/description.ts';
import type { GatewayHooks } from './hooks.ts';
import type { Verify } from './identity/viewers.ts';
import type { ConnectionLimitSettings } from './limits/connectionLimits.ts';
import type { Operations } from './operations/operations.ts';
import type { GraphSettings } from './supergraph/graph.ts';
import type { SubgraphTermsOf } from './supergraph/subgraphTerms.ts';
import type { UsageSettings } from './usage/usage.ts';
import type { SupergraphSource } from './supergraph/supergraph.ts';

/** What a gateway is started with. */
export interface GatewaySettings extends GraphSettings {
  host: string;
  port: number;
  supergraph: SupergraphSource;
  /** What lets us in at the subgraphs. */
  gatewaySecret: string;
  /** Of Questline's own auth; `viewerOf` stands in its place where others issue tokens. */
  keys: KeySource;
  verify?: Verify;
  /** Introspection, suggestions, Apollo Sandbox and GraphiQL; the supergraph's files are watched. */
  development: boolean;
  /** Web pages that may call, beside those served from the gateway's own address: `https://game.example`. */
  allowedOrigins: readonly string[];
  /** Request headers that those pages may send; `*`: whatever they ask for. */
  allowedHeaders?: readonly string[] | '*';
  log: Log;
  /** Built web pages to serve at / beside the graph. */
  clientFolder?: string;
  /** How the gateway deals with each subgraph. */
  subgraphs?: SubgraphTermsOf;
  /** Codes of subgraphs' errors that clients may read, of whichever subgraph. */
  errorCodes?: ReadonlySet<unknown>;
  /** Which headers pass. */
  headers?: Configuration['headers'];
  /** Whether Cache-Control says what the subgraphs allow; else every answer is `no-store`. */
  isCacheable?: boolean;
  /** Answers of subgraphs that are kept; absent: none. */
  cache?: CacheSettings;
  /** What is counted of operations and fields; absent, or without a file: nothing. */
  usage?: UsageSettings;
  hooks?: GatewayHooks;
  /** Absent: answers are sent as they are. */
  compression?: CompressionSettings;
  /** Where subgraphs call back, for subscriptions by HTTP callback. */
  callbacks?: { url: string; heartbeatMs: number };
  /** How long a query or a mutation may take as a whole. */
  operationTimeoutMs?: number;
  /** Where auth tells which sessions have ended; absent: tokens are good until they end by themselves. */
  endingsUrl?: string;
  /** Addresses of proxies in front of the gateway, whose X-Forwarded-For is believed: `10.0.0.0/8`. */
  trustedProxies?: readonly string[];
  /** Absent: any operation is served. */
  safelist?: Safelist;
  /** Requests that are answered at the same time; more are refused. */
  requestsAtOnce?: number;
  /** Named operations that are served over REST and gRPC; absent: GraphQL alone is. */
  operations?: Operations;
  /** Where gRPC is served, with the operations. */
  grpc?: Omit<GrpcServerSettings, 'host'>;
  timing?: Timing;
  /** Where the graph is. */
  path?: string;
  /** Connections that differ from the limits. */
  connectionLimits?: Partial<ConnectionLimitSettings>;
  meter?: Meter;
  /** Further addresses beside the graph; true when it answered. */
  route?(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    viewer: () => Promise<Viewer | null>,
  ): Promise<boolean>;
}

export interface Timing {
  /** A client that does not answer is gone within two of these. */
  pingMs?: number;
  /** The same for a subgraph. */
  upstreamPingMs?: number;
  /** Over which time clients are sent away when this process leaves. */
  drainMs?: number;
  /** How long an event stream lives at most: its client asks again, and who has gone without a word does not. */
  streamMs?: number;
  /** How long an event may wait for a subgraph that is away. */
  patienceMs?: number;
}
