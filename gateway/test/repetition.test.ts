import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { SubgraphRequest } from '../execution/execution.ts';
import { openTransport } from '../execution/fetch/transport.ts';

/** Cuts the connection as many times as it is told, then answers. */
async function ask(cuts: number, mayRepeat: boolean) {
  let asked = 0;
  const server = createServer((request, response) => {
    if (asked++ < cuts) request.socket.destroy();
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"done":true}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const transport = openTransport({ gatewaySecret: 'a secret that only tests have', log: pino({ level: 'silent' }) });
  const request: SubgraphRequest = {
    service: 'things',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    body: '{"query":"{ done }"}',
    caller: { viewer: null, authorization: undefined, requestId: 'test' },
    mayRepeat,
  };
  const { data, errors } = await transport.send(request);
  await transport.stop();
  await new Promise((resolve) => server.close(resolve));
  return { asked, data, codes: errors?.map(({ extensions }) => extensions?.['code']) };
}

test('a query whose connection is cut is asked once more', async () => {
  expect(await ask(1, true)).toEqual({ asked: 2, data: { done: true } });
});

test('it is not asked a third time', async () => {
  expect(await ask(2, true)).toEqual({ asked: 2, data: null, codes: ['SUBGRAPH_UNAVAILABLE'] });
});

test('what may not be repeated is asked once', async () => {
  expect(await ask(1, false)).toEqual({ asked: 1, data: null, codes: ['SUBGRAPH_UNAVAILABLE'] });
});
