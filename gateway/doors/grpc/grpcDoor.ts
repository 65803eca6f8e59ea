import { traceIn } from '../../../shared/tracing.ts';
import type { HeaderRules } from '../../identity/headerRules.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type DescMethod,
  type FileRegistry,
  type JsonObject,
  type JsonValue,
  type Message,
  create,
  fromJson,
  toJson,
} from '@bufbuild/protobuf';
import {
  Code as GrpcCode,
  ConnectError,
  type ConnectRouter,
  type HandlerContext,
  createContextKey,
  createContextValues,
} from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { GraphQLSchema } from 'graphql';
import { requestIdOf } from '../../../shared/http.ts';
import type { AnswerOperation, SingleAnswer } from '../../answerOperation.ts';
import { limits } from '../../limits/limits.ts';
import type { Grpc } from '../../operations/operations.ts';
import type { NamedOperation } from '../../operations/operationFolder.ts';
import type { AddressOf } from '../addresses.ts';
import { variablesReader, withoutNulls } from './conversion.ts';
import { registryOf } from './descriptors.ts';
import { FieldNumbers } from './fieldNumbers.ts';
import { grpcErrorOf, nothingThere } from './grpcErrors.ts';
import type { GrpcStreams } from './grpcStreams.ts';
import type { ProtoFile } from './proto.ts';
import { methodName, protoOf } from './protoOf.ts';
import { healthService, reflectionAnswers, reflectionServices } from './standardServices.ts';

export interface GrpcDoorSettings {
  grpc: Grpc;
  operations: readonly NamedOperation[];
  schema: GraphQLSchema;
  answerOperation: AnswerOperation;
  addressOf: AddressOf;
  /** What header rules read of a request. */
  takeHeaders?: HeaderRules['take'] | undefined;
  streams: GrpcStreams;
  ready(): Promise<unknown>;
}

export interface GrpcDoor {
  /** Answers gRPC, gRPC-Web, Connect and its JSON, over HTTP/1.1 and HTTP/2; what is no method gets 404. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Paths that are this door's begin so, on a server that has others too. */
  prefix: string;
}

const addressKey = createContextKey('', { description: 'where the client is' });

/** The service that the named operations make, as messages of a registry. */
export function serviceOf(grpc: Grpc, operations: readonly NamedOperation[], schema: GraphQLSchema) {
  const numbers = new FieldNumbers(grpc.lock);
  const proto: ProtoFile = protoOf(operations, schema, grpc.names, numbers);
  const registry = registryOf(proto, `${grpc.names.package.replaceAll('.', '/')}.proto`);
  return { proto, registry, lock: numbers.lock };
}

/** gRPC from named operations: each is a method of one service. Throws when an operation is something that Protobuf cannot say. */
export function openGrpcDoor(settings: GrpcDoorSettings): GrpcDoor {
  const { grpc, operations, schema, addressOf } = settings;
  const { registry } = serviceOf(grpc, operations, schema);
  const service = registry.getService(`${grpc.names.package}.${grpc.names.service}`)!;
  const handle = connectNodeAdapter({
    readMaxBytes: limits.bodyBytes,
    contextValues: (request) => createContextValues().set(addressKey, addressOf(request as IncomingMessage)),
    routes(router) {
      for (const operation of operations) {
        const method = service.methods.find(({ name }) => name === methodName(grpc.names, operation.name))!;
        serve(router, method, operation);
      }
      addStandardServices(router, registry);
    },
  });
  return { handle: handle as GrpcDoor['handle'], prefix: `/${service.typeName}/` };

  function serve(router: ConnectRouter, method: DescMethod, operation: NamedOperation): void {
    const readVariables = variablesReader(operation, schema);
    const ask = (message: Message, { requestHeader, values, signal }: HandlerContext) => {
      const requestId = requestHeader.get('x-request-id');
      const given = Object.fromEntries(requestHeader.entries());
      return untilAborted(
        signal,
        settings.answerOperation({
          query: operation.text,
          variables: readVariables(toJson(method.input, message, { registry }) as JsonObject),
          door: 'grpc',
          authorization: requestHeader.get('authorization') ?? undefined,
          address: values.get(addressKey),
          requestId: requestIdOf({ headers: { ...(requestId !== null && { 'x-request-id': requestId }) } }),
          headers: settings.takeHeaders?.(given),
          trace: traceIn(given),
        }),
      );
    };
    const responseOf = (data: JsonValue) =>
      fromJson(method.output, withoutNulls(data), { registry, ignoreUnknownFields: true });
    if (method.methodKind === 'server_streaming')
      return void router.rpc(method, async function* (message: Message, context: HandlerContext) {
        const answer = await ask(message, context);
        if (answer.kind === 'single') throw failureOf(answer);
        for await (const { data, errors } of settings.streams.serve(
          answer,
          context.values.get(addressKey),
          context.signal,
        )) {
          if (!data) throw grpcErrorOf(errors?.[0] ?? { message: 'Internal server error' });
          yield responseOf(data as JsonValue);
        }
      } as never);
    router.rpc(method, (async (message: Message, context: HandlerContext) => {
      const answer = await ask(message, context);
      if (answer.kind === 'stream') throw new Error(`${operation.name} is a subscription`);
      const data = answer.data === undefined ? null : (JSON.parse(answer.data) as Record<string, JsonValue> | null);
      // The first thing that an operation asks for is what it is about.
      const isThere = data !== null && Object.values(data).some((value) => value !== null);
      if (!isThere) throw failureOf(answer);
      if (answer.errors) context.responseTrailer.set('partial-errors', String(answer.errors.length));
      return responseOf(data);
    }) as never);
  }

  function addStandardServices(router: ConnectRouter, registry: FileRegistry): void {
    const status = async ({ service: name }: { service: string }) => {
      if (name !== '' && name !== service.typeName) throw new ConnectError('It is not served here.', GrpcCode.NotFound);
      return settings.ready().then(
        () => ({ status: 1 }),
        () => ({ status: 2 }),
      );
    };
    router.service(healthService, {
      check: status,
      async *watch(request: { service: string }, { signal }: HandlerContext) {
        yield await status(request);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    } as never);
    const answer = reflectionAnswers(registry, [service]);
    for (const reflection of reflectionServices)
      router.service(reflection, {
        async *serverReflectionInfo(requests: AsyncIterable<{ host: string } & Parameters<typeof answer>[0]>) {
          for await (const request of requests)
            yield create(reflection.method['serverReflectionInfo']!.output, {
              ...{ validHost: request.host, originalRequest: request },
              messageResponse: answer(request),
            } as never);
        },
      } as never);
  }
}

/** Of an operation that came to nothing. */
function failureOf({ errors }: SingleAnswer): ConnectError {
  return errors?.[0] ? grpcErrorOf(errors[0]) : nothingThere();
}

/** A deadline that is over is answered at once, whatever is still under way. */
function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
