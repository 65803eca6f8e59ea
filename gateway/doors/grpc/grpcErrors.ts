import { Code as GrpcCode, ConnectError } from '@connectrpc/connect';
import type { GraphQLFormattedError } from 'graphql';
import { type GrpcStatus, codeTerms } from '../../../shared/codes.ts';
import { isCode } from '../../../shared/errors.ts';

/** A code that subgraphs have of their own is about what the client wants. */
const statusOf = (code: string): GrpcCode => numbers[isCode(code) ? codeTerms[code].grpc : 'INVALID_ARGUMENT'];
const numbers: Record<GrpcStatus, GrpcCode> = {
  INVALID_ARGUMENT: GrpcCode.InvalidArgument,
  UNAUTHENTICATED: GrpcCode.Unauthenticated,
  PERMISSION_DENIED: GrpcCode.PermissionDenied,
  NOT_FOUND: GrpcCode.NotFound,
  ALREADY_EXISTS: GrpcCode.AlreadyExists,
  ABORTED: GrpcCode.Aborted,
  RESOURCE_EXHAUSTED: GrpcCode.ResourceExhausted,
  UNAVAILABLE: GrpcCode.Unavailable,
  DEADLINE_EXCEEDED: GrpcCode.DeadlineExceeded,
  INTERNAL: GrpcCode.Internal,
};

/** An error that clients may read, as gRPC tells it: the code of the graph and when to try again travel as trailing metadata. */
export function grpcErrorOf({ message, extensions = {} }: GraphQLFormattedError): ConnectError {
  const code = typeof extensions['code'] === 'string' ? extensions['code'] : 'INTERNAL_SERVER_ERROR';
  const { retryAfterSeconds } = extensions;
  return new ConnectError(message, statusOf(code), {
    'error-code': code,
    ...(typeof retryAfterSeconds === 'number' && { 'retry-after': String(retryAfterSeconds) }),
  });
}

/** Why the thing that was asked for is not in the answer. */
export const nothingThere = (): ConnectError =>
  grpcErrorOf({ message: 'There is nothing that you may see.', extensions: { code: 'NOT_FOUND' } });
