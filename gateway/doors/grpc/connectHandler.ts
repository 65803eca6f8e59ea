import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type DescMethod,
  type DescService,
  type FileRegistry,
  type Message,
  create,
  fromBinary,
  toBinary,
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
import type { AddressOf } from '../addresses.ts';
import type { Json } from '../../execution/answer/path.ts';
import { prefixBytes } from './wire/encoder.ts';
import { grpcErrorOf } from './grpcErrors.ts';
import type { GrpcStreams } from './grpcStreams.ts';
import type { GrpcMethod } from './methods.ts';
import { healthService, reflectionAnswers, reflectionServices } from './standardServices.ts';

export interface ConnectSettings {
  methods: readonly GrpcMethod[];
  service: DescService;
  registry: FileRegistry;
  addressOf: AddressOf;
  streams: GrpcStreams;
  ready(): Promise<unknown>;
  /** The largest message. */
  readMaxBytes: number;
}

const addressKey = createContextKey('', { description: 'where the client is' });

/** The methods, health and reflection by Connect, which speaks gRPC, gRPC-Web, Connect and its JSON; what is no method gets 404. */
export function openConnectHandler(
  settings: ConnectSettings,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { methods, service, registry, addressOf, streams, ready, readMaxBytes } = settings;
  const handle = connectNodeAdapter({
    readMaxBytes,
    fallback: answerUnknown,
    // As bodies over HTTP: what is small on the wire shall not become large here.
    acceptCompression: [],
    contextValues: (request) => createContextValues().set(addressKey, addressOf(request as IncomingMessage)),
    routes(router) {
      for (const method of methods)
        serve(
          router,
          service.methods.find(({ name }) => name === method.name)!,
          method,
        );
      addStandardServices(router);
    },
  });
  return handle as ReturnType<typeof openConnectHandler>;

  function serve(router: ConnectRouter, descriptor: DescMethod, method: GrpcMethod): void {
    const { input, output } = descriptor;
    const ask = (message: Message, { requestHeader, values, signal }: HandlerContext) =>
      untilAborted(
        signal,
        method.ask(toBinary(input, message), {
          headers: Object.fromEntries(requestHeader.entries()),
          address: values.get(addressKey),
          signal,
        }),
      );
    if (!method.isStream)
      return void router.rpc(descriptor, (async (message: Message, context: HandlerContext) => {
        const answer = await ask(message, context);
        if (answer.kind === 'stream') throw new Error(`${method.name} is a subscription`);
        const frame = method.frameOf(answer);
        if (answer.errors) context.responseTrailer.set('partial-errors', String(answer.errors.length));
        return fromBinary(output, frame.subarray(prefixBytes));
      }) as never);
    router.rpc(descriptor, async function* (message: Message, context: HandlerContext) {
      const answer = await ask(message, context);
      if (answer.kind === 'single') throw grpcErrorOf(answer.errors![0]!);
      const { values, signal } = context;
      for await (const { data, errors } of streams.serve(answer, values.get(addressKey), signal)) {
        if (!data) throw grpcErrorOf(errors?.[0] ?? { message: 'Internal server error' });
        yield fromBinary(output, method.encode(data as Record<string, Json>));
      }
    } as never);
  }

  function addStandardServices(router: ConnectRouter): void {
    const status = async ({ service: name }: { service: string }) => {
      if (name !== '' && name !== service.typeName) throw new ConnectError('It is not served here.', GrpcCode.NotFound);
      return ready().then(
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

type Fallback = NonNullable<Parameters<typeof connectNodeAdapter>[0]['fallback']>;

/** Of an address that is no method: as gRPC says it to who speaks gRPC, and 404 to all others. */
const answerUnknown: Fallback = ({ headers }, response) => {
  const isGrpc = /^application\/grpc(\+|;|$)/i.test(headers['content-type'] ?? '');
  response.writeHead(isGrpc ? 200 : 404, isGrpc ? unimplemented : {});
  response.end();
};
const unimplemented = { 'content-type': 'application/grpc', 'grpc-status': String(GrpcCode.Unimplemented) };

/** A deadline that is over is answered at once, whatever is still under way. */
function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
