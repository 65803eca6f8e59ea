import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

export interface Network {
  port: number;
  /** Every connection breaks, and none is made until `mend`. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

/** A TCP proxy before the gateway, on a port that stays when the gateway comes back on another. */
export async function openNetwork(gatewayPort: () => number): Promise<Network> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    if (isCut) return void near.destroy();
    const far = connect(gatewayPort(), '127.0.0.1');
    keep(far);
    near.pipe(far).on('close', () => near.destroy());
    far.pipe(near).on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const breakAll = () => sockets.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      breakAll();
    },
    mend: () => void (isCut = false),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      breakAll();
      await closed;
    },
  };
}
