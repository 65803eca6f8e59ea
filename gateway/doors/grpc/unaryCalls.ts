import { type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream, constants } from 'node:http2';
import { Code as GrpcCode, ConnectError } from '@connectrpc/connect';
import { Refusal } from '../../../shared/errors.ts';
import { ClientLeft, HttpRefusal } from '../../../shared/http.ts';
import type { Bodies } from '../requestBody.ts';
import { prefixBytes } from './encoder.ts';
import { grpcErrorOf } from './grpcErrors.ts';
import type { GrpcMethod } from './methods.ts';

/** Where a call comes from, and how its message is admitted. */
export interface UnaryCaller {
  headers: IncomingHttpHeaders;
  address: string;
  bodies: Bodies;
}

/** Is this a call of gRPC proper whose message is not compressed? What is not is for Connect. */
export const isPlainCall = (headers: IncomingHttpHeaders): boolean =>
  headers[':method'] === 'POST' &&
  /^application\/grpc(\+proto)?$/i.test(headers['content-type'] ?? '') &&
  (headers['grpc-encoding'] ?? 'identity') === 'identity';

/**
 * Answers one unary call straight on its HTTP/2 stream: one message in, one message or one status out. Connect does the same over the request
 * and response objects of fetch and their streams, which cost several times what the operation does.
 */
export function answerUnary(
  method: GrpcMethod,
  stream: ServerHttp2Stream,
  { headers, address, bodies }: UnaryCaller,
  logFault: (error: unknown) => void,
): void {
  const left = new AbortController();
  let deadline: NodeJS.Timeout | undefined;
  let isOver = false;
  /** True once, while somebody waits for an answer. */
  const end = () => {
    if (isOver) return false;
    isOver = true;
    clearTimeout(deadline);
    return !stream.closed;
  };
  const fail = (reason: unknown) => {
    if (end()) refuseCall(stream, asGrpcError(reason, logFault));
  };
  const answer = async (message: Uint8Array) => {
    try {
      const answered = await method.ask(message, { headers, address, signal: left.signal });
      if (answered.kind === 'stream') throw new Error(`${method.name} is a subscription`);
      const frame = method.frameOf(answered);
      if (end()) succeed(stream, frame, answered.errors?.length ?? 0);
    } catch (error) {
      fail(error);
    }
  };

  stream.on('error', () => undefined);
  stream.on('close', () => {
    if (!isOver) left.abort();
    end();
  });
  const milliseconds = timeoutOf(headers['grpc-timeout']);
  if (milliseconds === undefined)
    return fail(grpcErrorOf(new HttpRefusal(400, 'The header grpc-timeout cannot be read.')));
  if (milliseconds <= timersAtMost)
    deadline = setTimeout(() => {
      fail(grpcErrorOf(tooLate));
      left.abort();
    }, milliseconds);
  readMessage(stream, { headers, address, bodies }).then(answer, fail);
}

/** Ends a call by a status; what is left of its request is not wanted. */
export function refuseCall(stream: ServerHttp2Stream, error: ConnectError): void {
  stream.respond(statusOf(error), { endStream: true });
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

function asGrpcError(reason: unknown, logFault: (error: unknown) => void): ConnectError {
  if (reason instanceof ConnectError) return reason;
  if (reason instanceof Refusal) return grpcErrorOf(reason);
  logFault(reason);
  return new ConnectError('Internal server error', GrpcCode.Internal, { 'error-code': 'INTERNAL_SERVER_ERROR' });
}

function succeed(stream: ServerHttp2Stream, frame: Buffer, partialErrors: number): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
  stream.once('wantTrailers', () =>
    stream.sendTrailers({ 'grpc-status': '0', ...(partialErrors > 0 && { 'partial-errors': String(partialErrors) }) }),
  );
  stream.end(frame);
}

/** A status without a message before it, all in the head of the answer. */
const statusOf = ({ code, rawMessage, metadata }: ConnectError): OutgoingHttpHeaders => ({
  ':status': 200,
  'content-type': 'application/grpc+proto',
  ...Object.fromEntries(metadata),
  'grpc-status': String(code),
  'grpc-message': percentEncoded(rawMessage),
});

/** As gRPC has it: all but the printable characters of ASCII, and the percent sign. */
const percentEncoded = (text: string) => text.toWellFormed().replaceAll(/[^ -$&-~]+/g, encodeURIComponent);

/** The one message of the request. Rejects with a Refusal when it is larger than it may be, or not one. */
async function readMessage(stream: ServerHttp2Stream, { headers, address, bodies }: UnaryCaller): Promise<Uint8Array> {
  const reading = bodies.begin(address);
  const chunks: Buffer[] = [];
  let received = -prefixBytes;
  let limit = bodies.smallBytes;
  const raiseLimit = async () => {
    stream.pause();
    limit = await bodies.limitFor(headers.authorization);
    if (received > limit) throw tooLarge(limit);
    stream.resume();
  };
  const read = new Promise<Uint8Array>((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      received += chunk.length;
      try {
        reading.hold(chunk.length);
      } catch (error) {
        return reject(error as Refusal);
      }
      chunks.push(chunk);
      if (received <= limit) return;
      if (limit === bodies.smallBytes) raiseLimit().catch(reject);
      else reject(tooLarge(limit));
    });
    stream.on('close', () => stream.readableEnded || reject(new ClientLeft()));
    stream.on('end', () => {
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      const isOne = body.length >= prefixBytes && body[0] === 0 && body.readUInt32BE(1) === body.length - prefixBytes;
      if (isOne) resolve(body.subarray(prefixBytes));
      else reject(new HttpRefusal(400, 'The request must have one message.'));
    });
  });
  return read.finally(reading.end);
}

const tooLarge = (limit: number) => new Refusal('PAYLOAD_TOO_LARGE', `The message is larger than ${limit} bytes.`);
const tooLate = new Refusal('OPERATION_TIMEOUT', 'The deadline is over.');

const timersAtMost = 2 ** 31 - 1;
const unitMs: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** In milliseconds; Infinity when there is none, undefined when it cannot be read. */
function timeoutOf(text: string | string[] | undefined): number | undefined {
  if (text === undefined) return Infinity;
  const [, amount, unit] = /^(\d{1,8})([HMSmun])$/.exec(String(text)) ?? [];
  return amount === undefined ? undefined : Number(amount) * unitMs[unit!]!;
}
