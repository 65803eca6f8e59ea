import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody } from '../../shared/process/http.ts';

/** Stands before a subgraph, and can hold what it is asked. */
export interface Holding {
  url: string;
  /** Requests that have come whole and whose sender still waits. */
  waiting(): number;
  /** From now on requests wait here until they are released. */
  hold(): () => void;
  stop(): Promise<unknown>;
}

export async function startHolding(target: string): Promise<Holding> {
  let gate = Promise.resolve();
  let waiting = 0;
  const server = createServer((request, response) => {
    const forward = async () => {
      const body = await readBody(request, Infinity);
      waiting++;
      response.once('close', () => waiting--);
      await gate;
      const headers = Object.entries(request.headers).filter(([name]) => name !== 'connection' && name !== 'host');
      const answer = await fetch(target, { method: 'POST', headers: headers as [string, string][], body });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type')! });
      response.end(await answer.text());
    };
    forward().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    waiting: () => waiting,
    hold() {
      const released = Promise.withResolvers<void>();
      gate = released.promise;
      return released.resolve;
    },
    stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  };
}
