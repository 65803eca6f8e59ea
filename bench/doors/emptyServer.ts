import { fork } from 'node:child_process';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { cpuSeconds } from '../events/processes.ts';

export interface EmptyServer {
  port: number;
  /** CPU used so far. */
  cpuSeconds(): number;
  stop(): void;
}

/** A process that answers every unary call with the same message and does nothing else: what HTTP/2 alone costs in Node. */
export async function openEmptyServer(message: Buffer): Promise<EmptyServer> {
  const child = fork(import.meta.filename, [message.toString('base64')]);
  const port = await new Promise<number>((resolve) => child.once('message', (told) => resolve(told as number)));
  return { port, cpuSeconds: () => cpuSeconds(child.pid!), stop: () => void child.kill() };
}

if (import.meta.main) {
  const message = Buffer.from(process.argv[2]!, 'base64');
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, 5);
  // A benchmark that fails leaves nothing behind.
  process.once('disconnect', () => process.exit());
  const server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    stream.resume();
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(frame);
    });
  });
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
}
