import { Code as GrpcCode, ConnectError } from '@connectrpc/connect';
import type { GraphQLFormattedError } from 'graphql';
import type { Code } from '../../../shared/errors.ts';

/** The gRPC status of each code; what is not here is INVALID_ARGUMENT. */
const statuses: Partial<Record<Code, GrpcCode>> = {
  UNAUTHENTICATED: GrpcCode.Unauthenticated,
  INVALID_CREDENTIALS: GrpcCode.Unauthenticated,
  FORBIDDEN: GrpcCode.PermissionDenied,
  NOT_FOUND: GrpcCode.NotFound,
  CONFLICT: GrpcCode.Aborted,
  IDEMPOTENCY_CONFLICT: GrpcCode.AlreadyExists,
  RATE_LIMITED: GrpcCode.ResourceExhausted,
  PAYLOAD_TOO_LARGE: GrpcCode.ResourceExhausted,
  TOO_MANY_SUBSCRIPTIONS: GrpcCode.ResourceExhausted,
  SUBSCRIPTION_SLOW_CONSUMER: GrpcCode.ResourceExhausted,
  INTERNAL_SERVER_ERROR: GrpcCode.Internal,
  UNAVAILABLE: GrpcCode.Unavailable,
  SUBGRAPH_UNAVAILABLE: GrpcCode.Unavailable,
  SUBGRAPH_TIMEOUT: GrpcCode.DeadlineExceeded,
  OPERATION_TIMEOUT: GrpcCode.DeadlineExceeded,
};

/** An error that clients may read, as gRPC tells it: the code of the graph and when to try again travel as trailing metadata. */
export function grpcErrorOf({ message, extensions = {} }: GraphQLFormattedError): ConnectError {
  const code = typeof extensions['code'] === 'string' ? extensions['code'] : 'INTERNAL_SERVER_ERROR';
  const { retryAfterSeconds } = extensions;
  return new ConnectError(message, statuses[code as Code] ?? GrpcCode.InvalidArgument, {
    'error-code': code,
    ...(typeof retryAfterSeconds === 'number' && { 'retry-after': String(retryAfterSeconds) }),
  });
}

/** Why the thing that was asked for is not in the answer. */
export const nothingThere = (): ConnectError =>
  grpcErrorOf({ message: 'There is nothing that you may see.', extensions: { code: 'NOT_FOUND' } });
