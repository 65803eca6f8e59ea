import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { GraphQLSchema } from 'graphql';
import { HttpRefusal, isAmbiguous } from '../../../shared/process/http.ts';
import type { Log } from '../../../shared/process/log.ts';
import type { AnswerOperation } from '../../answerOperation.ts';
import type { HeaderRules } from '../../identity/headerRules.ts';
import { limits } from '../../limits/limits.ts';
import type { NamedOperation } from '../../operations/operationFolder.ts';
import type { Grpc } from '../../operations/operations.ts';
import type { AddressOf } from '../addresses.ts';
import type { Bodies } from '../requestBody.ts';
import { openConnectHandler } from './connectHandler.ts';
import { registryOf } from './proto/descriptors.ts';
import { FieldNumbers } from './proto/fieldNumbers.ts';
import { grpcErrorOf } from './grpcErrors.ts';
import type { GrpcStreams } from './grpcStreams.ts';
import { methodOf } from './methods.ts';
import type { ProtoFile } from './proto/proto.ts';
import { protoOf } from './proto/protoOf.ts';
import { type UnaryCaller, answerUnary, isPlainCall, refuseCall } from './unaryCalls.ts';

export interface GrpcDoorSettings {
  grpc: Grpc;
  operations: readonly NamedOperation[];
  schema: GraphQLSchema;
  answerOperation: AnswerOperation;
  addressOf: AddressOf;
  bodies: Bodies;
  /** What header rules read of a request. */
  takeHeaders?: HeaderRules['take'] | undefined;
  streams: GrpcStreams;
  ready(): Promise<unknown>;
  log: Log;
}

export interface GrpcDoor {
  /** Answers gRPC, gRPC-Web, Connect and its JSON, over HTTP/1.1 and HTTP/2; what is no method gets 404. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Answers a unary call of gRPC proper, and tells when all of it has come; false leaves the stream to `handle`. */
  answerStream(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: string[],
    received: UnaryCaller['received'],
  ): boolean;
  /** Paths that are this door's begin so, on a server that has others too. */
  prefix: string;
}

/** The service that the named operations make, as messages of a registry. */
export function serviceOf(grpc: Grpc, operations: readonly NamedOperation[], schema: GraphQLSchema) {
  const numbers = new FieldNumbers(grpc.lock);
  const proto: ProtoFile = protoOf(operations, schema, grpc.names, numbers);
  const registry = registryOf(proto, `${grpc.names.package.replaceAll('.', '/')}.proto`);
  return { proto, registry, lock: numbers.lock };
}

/** gRPC from named operations: each is a method of one service. Throws when an operation is something that Protobuf cannot say. */
export function openGrpcDoor(settings: GrpcDoorSettings): GrpcDoor {
  const { grpc, operations, schema, addressOf, bodies, log } = settings;
  const { proto, registry } = serviceOf(grpc, operations, schema);
  const service = registry.getService(`${grpc.names.package}.${grpc.names.service}`)!;
  const methods = operations.map((operation) => methodOf(operation, proto, { ...settings, names: grpc.names }));
  const unary = new Map(methods.filter(({ isStream }) => !isStream).map((method) => [method.path, method]));
  const logFault = (error: unknown) => log.error({ err: error }, 'a call failed');
  const answering = { methods, service, registry, addressOf, streams: settings.streams, ready: settings.ready };
  const handleSmall = openConnectHandler({ ...answering, readMaxBytes: bodies.smallBytes });
  const handleLarge = openConnectHandler({ ...answering, readMaxBytes: limits.bodyBytes });

  return {
    prefix: `/${service.typeName}/`,
    handle(request, response) {
      const refusal = refusalOf(request.rawHeaders);
      if (refusal) return void response.writeHead(refusal.status).end();
      void bodies
        .limitFor(request.headers.authorization)
        .then((limit) => (limit > bodies.smallBytes ? handleLarge : handleSmall)(request, response));
    },
    answerStream(stream, headers, rawHeaders, received) {
      const method = unary.get(headers[':path'] ?? '');
      if (!method || !isPlainCall(headers)) return false;
      const refusal = refusalOf(rawHeaders);
      if (refusal) return (refuseCall(stream, grpcErrorOf(refusal)), true);
      const address = addressOf({ socket: { remoteAddress: remoteAddressOf(stream) }, headers });
      answerUnary(method, stream, { headers, address, bodies, received }, logFault);
      return true;
    },
  };
}

/** As over HTTP/1.1, where Node itself counts bytes. */
const headerBytesAtMost = 16 * 1024;

/** Why a request is refused for its headers. */
function refusalOf(rawHeaders: readonly string[]): HttpRefusal | undefined {
  if (isAmbiguous({ rawHeaders })) return new HttpRefusal(400, 'The authorization may be sent only once.');
  let bytes = 0;
  for (const text of rawHeaders) bytes += text.length;
  return bytes > headerBytesAtMost ? new HttpRefusal(431, 'The headers are too large.') : undefined;
}

const addresses = new WeakMap<Http2Session, string>();

/** Of the connection; asking a session for it is slow. */
function remoteAddressOf({ session }: ServerHttp2Stream): string {
  if (!session) return '';
  let address = addresses.get(session);
  if (address === undefined) addresses.set(session, (address = session.socket.remoteAddress ?? ''));
  return address;
}
