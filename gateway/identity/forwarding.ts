import type { Viewer } from '../../shared/identity.ts';
import type { ClientHeaders } from './headerRules.ts';
import { type TraceHeaders, traceHeaders } from '../../shared/process/tracing.ts';

/** Who calls the gateway, as both doors make it: verified once here, and verified again by every subgraph from the same header. */
export interface Caller {
  viewer: Viewer | null;
  /** The `Authorization` header or the socket's `connectionParams.authorization`, as it was sent. */
  authorization: string | undefined;
  requestId: string;
  /** Where the client is, as far as trusted proxies tell. */
  address?: string;
  /** Aborted when nobody waits for the answer any more. */
  signal?: AbortSignal | undefined;
  /** What header rules read of the client's request: it can change an answer as the token can. */
  headers?: ClientHeaders | undefined;
  /** The trace that the client began. */
  trace?: TraceHeaders | undefined;
  /** What the client wants of the cache of subgraphs' answers: `reload`, nothing out of it; `off`, nothing into it either. */
  cache?: CacheMode | undefined;
  /** It is an event that is completed: its requests may wait a moment for those of others. */
  isPatient?: boolean;
}

export type CacheMode = 'reload' | 'off';

/** The part of a request that decides who the subgraph takes the caller for, and so what it answers. */
export const identityOf = ({ authorization = '', headers }: Caller): string =>
  headers ? `${authorization} ${JSON.stringify(headers)}` : authorization;

/** What the Cache-Control of a request asks for. */
export function cacheModeOf(header: string | undefined): CacheMode | undefined {
  if (header === undefined) return undefined;
  if (/\bno-store\b/i.test(header)) return 'off';
  return /\bno-cache\b|\bmax-age="?0\b/i.test(header) ? 'reload' : undefined;
}

/**
 * Every header that a subgraph gets from us beside those of HTTP itself, names and values in turn. Nothing else of the caller's request
 * travels.
 */
export function headersFor({ requestId, authorization, address, trace }: Caller, gatewaySecret: string): string[] {
  const headers = ['content-type', 'application/json', 'accept', 'application/json'];
  headers.push('x-request-id', requestId, 'x-gateway-secret', gatewaySecret);
  if (authorization !== undefined) headers.push('authorization', authorization);
  if (address) headers.push('x-client-address', address);
  for (const [name, value] of Object.entries(traceHeaders(trace))) headers.push(name, value as string);
  return headers;
}

/** The same for one subscribe message: the socket to a subgraph carries many users, so identity travels with each message. */
export function extensionsFor(caller: Caller): Record<string, string> {
  return {
    requestId: caller.requestId,
    ...(caller.authorization !== undefined && { authorization: caller.authorization }),
  };
}
