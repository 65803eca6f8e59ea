import { createServer, type AddressInfo } from 'node:net';

/** Listens for a moment on loopback: the port that was bound, or undefined when it is taken. 0 lets the system choose. */
function bind(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const bound = (server.address() as AddressInfo).port;
      server.close(() => resolve(bound));
    });
  });
}

export const isFree = async (port: number): Promise<boolean> => (await bind(port)) !== undefined;

/** A loopback port that nobody had a moment ago; whoever takes it must be ready to find it taken. */
export async function freePort(): Promise<number> {
  const port = await bind(0);
  if (port === undefined) throw new Error('No loopback port is free.');
  return port;
}
