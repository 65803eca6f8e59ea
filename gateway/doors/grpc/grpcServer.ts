import { readFileSync } from 'node:fs';
import {
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  constants,
  createSecureServer,
  createServer,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { StartRefusal } from '../../../shared/process/environment.ts';
import type { GrpcDoor } from './grpcDoor.ts';

export interface GrpcServerSettings {
  host: string;
  port: number;
  /** Files in PEM; absent: plain HTTP/2, for a network that is trusted or a proxy in front. */
  tls?: { certificate: string; key: string };
}

export interface GrpcServer {
  port: number;
  /** Lets calls in flight finish, at most `graceMs`, and takes no new ones. */
  stop(graceMs: number): Promise<void>;
}

/** As long as over HTTP/1.1: how long a connection may be silent before its first frame, and how long a request may take to come. */
const greetingMs = 8000;
const requestMs = 13_000;
/** A client may keep a connection that it does not use; who does not answer a ping within so long, twice, has gone or has begun what it never ends. */
const pingMs = 10_000;

/** What one connection may take of us. Node and nghttp2 limit resets and CONTINUATION frames themselves. */
const bounds = {
  settings: { maxConcurrentStreams: 1000, maxHeaderListSize: 16 * 1024 },
  maxSessionMemory: 16,
  maxHeaderListPairs: 128,
};

/**
 * gRPC needs HTTP/2 from the first byte, and so a port of its own. `door` is asked for each call. Throws a StartRefusal when the port or a file
 * cannot be used.
 */
export async function openGrpcServer(
  { host, port, tls }: GrpcServerSettings,
  door: () => GrpcDoor,
): Promise<GrpcServer> {
  const handle: GrpcDoor['handle'] = (request, response) => door().handle(request, response);
  const server = tls ? createSecure(tls, handle) : createServer(bounds, handle as never);
  const late = limitRequests();
  serveStreams(server as Http2Server, door, late);
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => session.destroy());
    limitSilence(session);
  });
  await listen(server as Http2Server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    stop: (graceMs) =>
      new Promise((resolve) => {
        const hard = setTimeout(() => {
          for (const session of sessions) session.destroy();
        }, graceMs);
        server.close(() => (clearTimeout(hard), late.stop(), resolve()));
        for (const session of sessions) session.close();
      }),
  };
}

/** Lets the door see each stream first. What it leaves gets the request and response objects that Node's own listener makes. */
function serveStreams(server: Http2Server, door: () => GrpcDoor, late: LateRequests): void {
  const others = server.listeners('stream');
  server.removeAllListeners('stream');
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, raw: string[]) => {
    late.begin(stream);
    if (door().answerStream(stream, headers, raw, late.received)) return;
    for (const other of others) Reflect.apply(other, server, [stream, headers, flags, raw]);
  });
}

type LateRequests = ReturnType<typeof limitRequests>;

/**
 * Resets streams whose request takes too long to come. Looked at together: a timer for each costs more than many a request. What is `received` is
 * forgotten at once, since whatever is held for a second is no longer young to the garbage collector.
 */
function limitRequests() {
  const begun = new Map<ServerHttp2Stream, number>();
  const sweep = setInterval(() => {
    for (const [stream, since] of begun)
      if (stream.readableEnded || stream.closed) begun.delete(stream);
      else if (performance.now() - since > requestMs) stream.close(constants.NGHTTP2_CANCEL);
  }, 1000).unref();
  return {
    begin: (stream: ServerHttp2Stream) => void begun.set(stream, performance.now()),
    received: (stream: ServerHttp2Stream) => void begun.delete(stream),
    stop: () => clearInterval(sweep),
  };
}

function limitSilence(session: ServerHttp2Session): void {
  const silent = setTimeout(() => session.destroy(), greetingMs);
  session.once('remoteSettings', () => clearTimeout(silent));
  session.once('close', () => clearTimeout(silent));
  let isAsked = false;
  session.setTimeout(pingMs);
  session.on('timeout', () => {
    if (isAsked || session.destroyed) return session.destroy();
    isAsked = true;
    session.ping((error) => (isAsked = error !== null));
    session.setTimeout(pingMs); // a timer goes off once
  });
}

const listen = (server: Http2Server, host: string, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' || error.code === 'EACCES'
          ? new StartRefusal(
              `Port ${port} on ${host}, for gRPC, cannot be used (${error.code}).`,
              'Choose another with GRPC_PORT.',
            )
          : error,
      ),
    );
    server.listen({ port, host }, resolve);
  });

function createSecure({ certificate, key }: NonNullable<GrpcServerSettings['tls']>, handle: GrpcDoor['handle']) {
  const files = { cert: read(certificate), key: read(key) };
  try {
    return createSecureServer({ ...bounds, ...files, allowHTTP1: true }, handle as never);
  } catch (error) {
    throw new StartRefusal(
      `${certificate} and ${key} are no certificate and its key (${(error as NodeJS.ErrnoException).code}).`,
      'Name the PEM files of the gRPC port.',
    );
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new StartRefusal(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      'Name the PEM file of the gRPC port.',
    );
  }
}
