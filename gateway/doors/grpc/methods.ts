import type { IncomingHttpHeaders } from 'node:http';
import { Code as GrpcCode, ConnectError } from '@connectrpc/connect';
import { OperationTypeNode } from 'graphql';
import { requestIdOf } from '../../../shared/process/http.ts';
import { traceIn } from '../../../shared/process/tracing.ts';
import type { AnswerOperation, OperationAnswer, SingleAnswer } from '../../answerOperation.ts';
import type { HeaderRules } from '../../identity/headerRules.ts';
import { parseExact } from '../../execution/answer/exactJson.ts';
import type { Json } from '../../execution/answer/path.ts';
import type { NamedOperation } from '../../operations/operationFolder.ts';
import { Undecodable, decoderOf } from './wire/decoder.ts';
import { frameEncoderOf, prefixBytes } from './wire/encoder.ts';
import { grpcErrorOf, nothingThere } from './grpcErrors.ts';
import type { ProtoFile } from './proto/proto.ts';
import { type GrpcNames, methodName } from './proto/protoOf.ts';

/** Who calls, and for how long. */
export interface GrpcCaller {
  headers: IncomingHttpHeaders;
  address: string;
  signal: AbortSignal;
}

/** A named operation as gRPC calls it. Messages are bytes. */
export interface GrpcMethod {
  name: string;
  path: string;
  isStream: boolean;
  /** Throws a ConnectError for bytes that are no message of the method. */
  ask(message: Uint8Array, caller: GrpcCaller): Promise<OperationAnswer>;
  /** The message that answers, with gRPC's prefix. Throws the ConnectError of an operation that came to nothing. */
  frameOf(answer: SingleAnswer): Buffer;
  /** The message of one result of a stream. */
  encode(data: Readonly<Record<string, Json>>): Uint8Array;
}

export interface MethodSettings {
  names: GrpcNames;
  answerOperation: AnswerOperation;
  /** What header rules read of a request. */
  takeHeaders?: HeaderRules['take'] | undefined;
}

export function methodOf(
  operation: NamedOperation,
  file: ProtoFile,
  { names, answerOperation, takeHeaders }: MethodSettings,
): GrpcMethod {
  const name = methodName(names, operation.name);
  const message = (suffix: string) => file.messages.find((one) => one.name === `${name}${suffix}`)!;
  const decode = decoderOf(message('Request'), file);
  const encode = frameEncoderOf(message('Response'), file);
  /** Large answers are mostly those that are the same for many, such as a list of all there is. */
  let last: { text: string; frame: Buffer } | undefined;
  return {
    ...{ name, path: `/${names.package}.${names.service}/${name}` },
    isStream: operation.definition.operation === OperationTypeNode.SUBSCRIPTION,
    ask: (bytes, { headers, address, signal }) =>
      answerOperation({
        query: operation.text,
        variables: variablesIn(bytes, decode),
        door: 'grpc',
        authorization: headers.authorization,
        ...{ address, signal },
        requestId: requestIdOf({ headers }),
        headers: takeHeaders?.(headers),
        trace: traceIn(headers),
      }),
    encode: (data) => encode(data).subarray(prefixBytes),
    frameOf(answer) {
      const { data: text = 'null' } = answer;
      if (last?.text === text) return last.frame;
      const data = parseExact(text) as Record<string, Json> | null;
      // The first thing that an operation asks for is what it is about.
      const isThere = data !== null && Object.values(data).some((value) => value !== null);
      if (!isThere) throw answer.errors?.[0] ? grpcErrorOf(answer.errors[0]) : nothingThere();
      last = { text, frame: encode(data) };
      return last.frame;
    },
  };
}

function variablesIn(bytes: Uint8Array, decode: ReturnType<typeof decoderOf>): Record<string, Json> {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof Undecodable || error instanceof RangeError) throw notDecoded();
    throw error;
  }
}

/** With the status that gRPC has for it. */
const notDecoded = () =>
  new ConnectError('The request cannot be decoded as its message.', GrpcCode.Internal, { 'error-code': 'BAD_REQUEST' });
