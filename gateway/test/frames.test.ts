import { WebSocket } from 'ws';
import { until } from '../../shared/testing/harness.ts';
import { nextFrame, nextStart } from '../doors/socket/nextFrame.ts';
import { streamResultOf } from '../subscriptions/streamResult.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

/** What comes over a socket that is spoken to by hand. */
async function open(): Promise<{ socket: WebSocket; messages: string[] }> {
  const socket = new WebSocket(graph.socketUrl, 'graphql-transport-ws');
  const messages: string[] = [];
  socket.on('message', (data: Buffer) => messages.push(data.toString('utf8')));
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: tokenFor('ada') } })),
  );
  await until(() => messages.length === 1, 'it is let in');
  messages.pop();
  return { socket, messages };
}

test('messages of every length class, of any id and in any script come whole and in order', async () => {
  const { socket, messages } = await open();
  const bare = '{"id":"é\\"1","type":"next","payload":{"data":{"hello":"hello "}}}'.length + 1;
  const names = [125 - bare, 126 - bare, 65_535 - bare, 65_536 - bare, 70_000].map((length) => 'x'.repeat(length));
  for (const name of [...names, 'Ωmega 💎']) {
    const payload = { query: 'query ($name: String!) { hello(name: $name) }', variables: { name } };
    socket.send(JSON.stringify({ id: 'é"1', type: 'subscribe', payload }));
    await until(() => messages.length === 2, 'the result and the end');
    expect(messages.splice(0).map((text) => JSON.parse(text) as unknown)).toEqual([
      { id: 'é"1', type: 'next', payload: { data: { hello: `hello ${name}` } } },
      { id: 'é"1', type: 'complete' },
    ]);
  }
  expect(socket.readyState).toBe(WebSocket.OPEN);
  socket.close();
});

test.each([0, 124, 125, 126, 65_534, 65_535, 65_536])('the head of a frame tells the length of %i', (length) => {
  const start = nextStart('1');
  const frame = nextFrame(start, Buffer.alloc(Math.max(0, length - start.length - 1), 'x'));
  const wanted = Math.max(length, start.length + 1);
  const [told, head] =
    frame[1]! < 126
      ? [frame[1], 2]
      : frame[1] === 126
        ? [frame.readUInt16BE(2), 4]
        : [Number(frame.readBigUInt64BE(2)), 10];
  expect([told, frame.length - head]).toEqual([wanted, wanted]);
});

test('a result that many share is written once, and its errors are told to the log once', () => {
  let reports = 0;
  const report = () => [{ message: `masked ${++reports}` }];
  const result = { data: '{"sum":12345678901234567890}', errors: [] };
  const first = streamResultOf(result, report);
  expect(streamResultOf(result, report)).toBe(first);
  expect(reports).toBe(1);
  expect(first.bytes).toBe(first.bytes);
  expect(first.text).toBe('{"data":{"sum":12345678901234567890},"errors":[{"message":"masked 1"}]}');
  expect(JSON.stringify(first)).toBe(first.text);
});
