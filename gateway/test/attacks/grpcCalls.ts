import { status } from '@grpc/grpc-js';
import { type IncomingHttpHeaders, connect } from 'node:http2';
import { connect as connectTcp } from 'node:net';

/** What came of one call, with nothing that a client of gRPC would tidy. */
export interface Called {
  /** `INVALID_ARGUMENT BAD_USER_INPUT`: the status, and the code of the graph; `415` where it is HTTP that refuses; `reset CANCEL` where the stream is. */
  outcome: string;
  headers: IncomingHttpHeaders;
  trailers: IncomingHttpHeaders;
}

export interface Calling {
  headers?: Record<string, string | string[]>;
  /** As it goes over the wire, with gRPC's prefix. */
  body?: Buffer;
  /** Leaves the request open. */
  isOpen?: boolean;
  method?: string;
}

/** A field of a message with a text. */
export function textField(number: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest < 128 ? rest : (rest & 127) | 128);
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), bytes]);
}

/** A message with gRPC's prefix; the flag says whether it is compressed. */
export function frame(message: Buffer, flag = 0): Buffer {
  const prefix = Buffer.from([flag, 0, 0, 0, 0]);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Why HTTP/2 ends a stream, by the numbers that are met here. */
const resets: Record<number, string> = {
  0: 'NO_ERROR',
  1: 'PROTOCOL_ERROR',
  7: 'REFUSED_STREAM',
  8: 'CANCEL',
  11: 'ENHANCE_YOUR_CALM',
};
const nameOf = (values: object, value: number) => Object.entries(values).find(([, one]) => one === value)![0];

/** One call on a connection of its own. */
export function callRaw(port: number, method: string, calling: Calling = {}): Promise<Called> {
  const { headers, body = frame(Buffer.alloc(0)), isOpen = false, method: verb = 'POST' } = calling;
  // The types do not know yet that a client may send what it should not.
  const lax: object = { strictSingleValueFields: false };
  const session = connect(`http://127.0.0.1:${port}`, lax);
  const path = method.startsWith('/') ? method : `/questline.v1.Questline/${method}`;
  return new Promise<Called>((resolve, reject) => {
    session.on('error', reject);
    const sent = { 'content-type': 'application/grpc', te: 'trailers', ...headers };
    const raw = [':method', verb, ':path', path, ':scheme', 'http', ':authority', `127.0.0.1:${port}`];
    for (const [name, values] of Object.entries(sent)) for (const value of [values].flat()) raw.push(name, value);
    const stream = session.request(raw, { endStream: false });
    const got: Omit<Called, 'outcome'> = { headers: {}, trailers: {} };
    stream.on('response', (head) => (got.headers = head));
    stream.on('trailers', (trailers) => (got.trailers = trailers));
    stream.on('error', () => undefined);
    stream.on('close', () => {
      const told = { ...got.headers, ...got.trailers };
      const { ':status': http, 'grpc-status': grpc, 'error-code': code } = told;
      const reset = `reset ${resets[stream.rstCode]}`;
      const grpcOutcome = () => [nameOf(status, Number(grpc)), code].filter(Boolean).join(' ');
      resolve({ ...got, outcome: grpc !== undefined ? grpcOutcome() : http === undefined ? reset : String(http) });
    });
    stream.resume();
    stream.write(body);
    if (!isOpen) stream.end();
  }).finally(() => session.destroy());
}

const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/** A frame of HTTP/2 itself: types 1 HEADERS, 3 RST_STREAM, 9 CONTINUATION. */
export function http2Frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const literal = (index: number, text: string) => Buffer.concat([Buffer.from([index, text.length]), Buffer.from(text)]);
/** The head of a call as HPACK has it: POST, http, a path and an authority. */
export const callHead = Buffer.concat([Buffer.from([0x83, 0x86]), literal(0x04, '/a.B/C'), literal(0x01, 'localhost')]);

/**
 * Writes frames after the preface of HTTP/2, as long as `next` makes some, and tells what came of it: that the server hung up, or the first stream
 * that it reset for itself.
 */
export function flood(port: number, next: (n: number) => Buffer | undefined): Promise<{ outcome: string }> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const socket = connectTcp(port, '127.0.0.1', () => {
      socket.write(preface);
      const write = (n: number) => {
        const frames = socket.destroyed ? undefined : next(n);
        if (frames) socket.write(frames, () => setImmediate(write, n + 1));
      };
      write(0);
    });
    const end = (outcome: string) => {
      socket.destroy();
      resolve({ outcome });
    };
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 9 && received.length >= 9 + received.readUIntBE(0, 3)) {
        const length = received.readUIntBE(0, 3);
        if (received[3] === rstStream) return end(`reset ${resets[received.readUInt32BE(9)]}`);
        received = received.subarray(9 + length);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => end('closed'));
  });
}
const rstStream = 3;

/** Begins so many calls on one connection and finishes none; what came of the first that the server refused. */
export function beginMany(port: number, count: number): Promise<{ outcome: string }> {
  const session = connect(`http://127.0.0.1:${port}`);
  const head = { ':method': 'POST', ':path': '/questline.v1.Questline/GetMe', 'content-type': 'application/grpc' };
  return new Promise<{ outcome: string }>((resolve, reject) => {
    session.on('error', reject);
    for (let n = 0; n < count; n++) {
      const stream = session.request(head, { endStream: false });
      stream.on('error', () => undefined);
      stream.on('response', (told) =>
        resolve({ outcome: `${nameOf(status, Number(told['grpc-status']))} ${String(told['error-code'])}` }),
      );
    }
  }).finally(() => session.destroy());
}
