import type { Viewer } from '../subgraphs/shared/identity.ts';

/** Who calls the gateway, as both doors make it: verified once here, and verified again by every subgraph from the same header. */
export interface Caller {
  viewer: Viewer | null;
  /** The `Authorization` header or the socket's `connectionParams.authorization`, as it was sent. */
  authorization: string | undefined;
  requestId: string;
}

/** Every header that a subgraph gets from us beside those of HTTP itself. Nothing else of the caller's request travels. */
export function headersFor(caller: Caller, gatewaySecret: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/json',
    'x-request-id': caller.requestId,
    'x-gateway-secret': gatewaySecret,
    ...(caller.authorization !== undefined && { authorization: caller.authorization }),
  };
}

/** The same for one subscribe message: the socket to a subgraph carries many users, so identity travels with each message. */
export function extensionsFor(caller: Caller): Record<string, string> {
  return {
    requestId: caller.requestId,
    ...(caller.authorization !== undefined && { authorization: caller.authorization }),
  };
}
