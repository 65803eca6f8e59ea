import { readFileSync } from 'node:fs';
import { type Http2Server, type ServerHttp2Session, createSecureServer, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { StartRefusal } from '../../../shared/environment.ts';
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

/** gRPC needs HTTP/2 from the first byte, and so a port of its own. Throws a StartRefusal when the port or a file cannot be used. */
export async function openGrpcServer(
  { host, port, tls }: GrpcServerSettings,
  handle: GrpcDoor['handle'],
): Promise<GrpcServer> {
  const bounds = { settings: { maxConcurrentStreams: 1000 }, maxSessionMemory: 16 };
  const server = tls
    ? createSecureServer(
        { ...bounds, allowHTTP1: true, cert: read(tls.certificate), key: read(tls.key) },
        handle as never,
      )
    : createServer(bounds, handle as never);
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => session.destroy());
  });
  await listen(server as Http2Server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    stop: (graceMs) =>
      new Promise((resolve) => {
        const hard = setTimeout(() => {
          for (const session of sessions) session.destroy();
        }, graceMs);
        server.close(() => (clearTimeout(hard), resolve()));
        for (const session of sessions) session.close();
      }),
  };
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
