import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A wire to another port that can be cut, or go dead without a word. */
export interface TestWire {
  target: number;
  url: string;
  connections(): number;
  cut(): void;
  /** From now on what is sent waits here, also on new connections, until it is released. */
  hold(): () => void;
  /** From now on nothing gets through what is connected, and nobody is told; until it is buried. */
  deaden(): () => void;
  stop(): Promise<unknown>;
}

export async function startWire(target = 0): Promise<TestWire> {
  const sockets = new Set<Socket>();
  let isHeld = false;
  const server = createServer((near) => {
    const far = connect(wire.target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to).on('error', () => {});
      if (isHeld) from.pause();
      from.on('close', () => (sockets.delete(from), to.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const wire: TestWire = {
    target,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    connections: () => sockets.size / 2,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    hold() {
      isHeld = true;
      for (const socket of sockets) socket.pause();
      return () => {
        isHeld = false;
        for (const socket of sockets) socket.resume();
      };
    },
    deaden() {
      const dead = [...sockets];
      for (const socket of dead) socket.unpipe().pause();
      return () => dead.forEach((socket) => socket.destroy());
    },
    stop: () => new Promise((resolve) => (server.close(resolve), wire.cut())),
  };
  return wire;
}
