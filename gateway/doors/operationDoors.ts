import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import type { Viewer } from '../../shared/identity.ts';
import type { AnswerOperation } from '../answerOperation.ts';
import type { Log } from '../../shared/process/log.ts';
import type { HeaderRules } from '../identity/headerRules.ts';
import type { ConnectionLimits } from '../limits/connectionLimits.ts';
import { type Operations, checkOperations } from '../operations/operations.ts';
import type { AddressOf } from './addresses.ts';
import type { Compress } from './compression.ts';
import type { EventStreams } from './streams/eventStreams.ts';
import { type GrpcDoor, openGrpcDoor } from './grpc/grpcDoor.ts';
import { type GrpcServer, type GrpcServerSettings, openGrpcServer } from './grpc/grpcServer.ts';
import { openGrpcStreams } from './grpc/grpcStreams.ts';
import type { Origins } from './origins.ts';
import type { Bodies } from './requestBody.ts';
import { type RestDoor, openRestDoor } from './rest/restDoor.ts';

export interface OperationDoorSettings {
  operations: Operations;
  /** Where gRPC is served; absent: only what HTTP/1.1 can carry is, at the address of the graph. */
  grpcServer: GrpcServerSettings | undefined;
  answerOperation: AnswerOperation;
  addressOf: AddressOf;
  bodies: Bodies;
  /** What header rules read of a request. */
  takeHeaders?: HeaderRules['take'] | undefined;
  /** How answers of REST are compressed; absent: not at all. */
  compress?: Compress | undefined;
  streams: EventStreams;
  connections: ConnectionLimits;
  origins: Origins;
  ready(): Promise<unknown>;
  log: Log;
}

/** REST and gRPC, as far as a folder of named operations has them. */
export interface OperationDoors {
  /** Of gRPC; undefined when it has no port of its own. */
  grpcPort: number | undefined;
  /** False when the address is none of these doors'. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** What serves this schema; call the result to begin. Throws a StartRefusal when an operation does not fit it. */
  prepare(schema: GraphQLSchema): () => void;
  sendAway(isMeant: (viewer: Viewer) => boolean): void;
  stop(): Promise<void>;
}

export async function openOperationDoors(
  settings: OperationDoorSettings,
  schema: GraphQLSchema,
): Promise<OperationDoors> {
  const { operations, grpcServer, connections, origins } = settings;
  const { grpc, byName } = operations;
  const grpcStreams = openGrpcStreams(connections);
  let doors: { rest: RestDoor; grpc: GrpcDoor | undefined };
  const prepare = (next: GraphQLSchema) => {
    checkOperations(operations, next);
    const rest = openRestDoor({ ...settings, readText: settings.bodies.readText, schema: next });
    const named = [...byName.values()];
    const opened = grpc && openGrpcDoor({ ...settings, grpc, operations: named, schema: next, streams: grpcStreams });
    return () => void (doors = { rest, grpc: opened });
  };
  prepare(schema)();
  let server: GrpcServer | undefined;
  if (grpc && grpcServer) server = await openGrpcServer(grpcServer, () => doors.grpc!);
  return {
    grpcPort: server?.port,
    async answer(request, response) {
      if (await doors.rest.answer(request, response, origins)) return true;
      if (!doors.grpc || !request.url?.startsWith(doors.grpc.prefix)) return false;
      if (!origins.answerPreflight(request, response)) doors.grpc.handle(request, response);
      return true;
    },
    prepare,
    sendAway: grpcStreams.sendAway,
    async stop() {
      grpcStreams.stop();
      await server?.stop(2000);
    },
  };
}
