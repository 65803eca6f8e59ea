import { type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream, constants } from 'node:http2';
import { Code as GrpcCode, ConnectError } from '@connectrpc/connect';
import { Refusal } from '../../../shared/errors.ts';
import { HttpRefusal } from '../../../shared/process/http.ts';
import type { Unread } from '../../limits/unreadRequests.ts';
import type { Bodies } from '../requestBody.ts';
import { prefixBytes } from './wire/encoder.ts';
import { grpcErrorOf } from './grpcErrors.ts';
import type { GrpcMethod } from './methods.ts';

/** Where a call comes from, and how its message is admitted. */
export interface UnaryCaller {
  headers: IncomingHttpHeaders;
  address: string;
  bodies: Bodies;
  /** Called when the whole request has come. */
  received(stream: ServerHttp2Stream): void;
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
  caller: UnaryCaller,
  logFault: (error: unknown) => void,
): void {
  const { headers, address } = caller;
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

  stream.on('error', ignored);
  const milliseconds = timeoutOf(headers['grpc-timeout']);
  if (milliseconds === undefined)
    return fail(grpcErrorOf(new HttpRefusal(400, 'The header grpc-timeout cannot be read.')));
  if (milliseconds <= timersAtMost)
    deadline = setTimeout(() => {
      fail(grpcErrorOf(tooLate));
      left.abort();
    }, milliseconds);
  const giveUp = readMessage(stream, caller, (message) => void answer(message), fail);
  stream.on('close', () => {
    giveUp();
    if (!isOver) left.abort();
    end();
  });
}

const ignored = () => undefined;

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

/**
 * Hands on the one message of the request, or the reason why it cannot be taken: larger than it may be, or not one. Call the result when nobody
 * waits for it any more. Callbacks, since promises and their closures would be most of what a small call allocates.
 */
function readMessage(
  stream: ServerHttp2Stream,
  { headers, address, bodies, received }: UnaryCaller,
  take: (message: Uint8Array) => void,
  fail: (reason: unknown) => void,
): () => void {
  const chunks: Buffer[] = [];
  let bytes = -prefixBytes;
  let limit = bodies.smallBytes;
  let reading: Unread | undefined;
  const giveUp = () => {
    reading?.end();
    reading = undefined;
  };
  const refuse = (reason: unknown) => {
    if (!reading) return;
    giveUp();
    fail(reason);
  };
  const raiseLimit = async () => {
    stream.pause();
    limit = await bodies.limitFor(headers.authorization);
    if (bytes > limit) throw tooLarge(limit);
    stream.resume();
  };
  try {
    reading = bodies.begin(address);
  } catch (error) {
    fail(error);
    return giveUp;
  }
  stream.on('data', (chunk: Buffer) => {
    if (!reading) return;
    bytes += chunk.length;
    try {
      reading.hold(chunk.length);
    } catch (error) {
      return refuse(error);
    }
    chunks.push(chunk);
    if (bytes <= limit) return;
    if (limit === bodies.smallBytes) raiseLimit().catch(refuse);
    else refuse(tooLarge(limit));
  });
  stream.on('end', () => {
    received(stream);
    if (!reading) return;
    giveUp();
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    const isOne = body.length >= prefixBytes && body[0] === 0 && body.readUInt32BE(1) === body.length - prefixBytes;
    if (isOne) take(body.subarray(prefixBytes));
    else fail(new HttpRefusal(400, 'The request must have one message.'));
  });
  return giveUp;
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
