import { type Socket, connect as connectTcp } from 'node:net';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';
import { json, send } from './request.ts';
import { limits } from '../limits/limits.ts';
import { UnreadRequests } from '../limits/unreadRequests.ts';

let graph: TestGraph;
const sockets: Socket[] = [];
beforeAll(async () => {
  graph = await startTestGraph({ requestsAtOnce: 5, trustedProxies: ['127.0.0.1'] });
});
afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));
afterAll(() => graph.stop());

/** Begins a request from this address and leaves it at that. */
function begin(from: string, length = 100, start = '{') {
  const { port, hostname, host } = new URL(graph.url);
  const begun = { text: '', socket: connectTcp(Number(port), hostname) };
  sockets.push(begun.socket);
  begun.socket.on('error', () => {});
  begun.socket.on('data', (chunk) => (begun.text += String(chunk)));
  begun.socket.write(
    `POST /graphql HTTP/1.1\r\nhost: ${host}\r\nx-forwarded-for: ${from}\r\n` +
      `content-type: application/json\r\ncontent-length: ${length}\r\n\r\n${start}`,
  );
  return begun;
}

const ask = (from: string) =>
  send(graph.url, { headers: { ...json, 'x-forwarded-for': from }, body: '{"query":"{ deeds }"}' });

test('bodies that never come hold no place of those who ask', async () => {
  for (let n = 0; n < 50; n++) begin('192.0.2.1');
  for (let n = 0; n < 10; n++) expect((await ask('192.0.2.1')).status).toBe(200);
});

test('of one network only so many are waited for, and others are served', async () => {
  const begun = Array.from({ length: limits.unread.requestsPerAddress + 1 }, (_, n) =>
    begin(`2001:db8:0:1::${n.toString(16)}`),
  );
  const refused = await until(() => begun.find(({ text }) => text !== ''), 'one is refused');
  expect(refused.text).toMatch(/^HTTP\/1.1 429 .*/);
  expect(refused.text).toContain('RATE_LIMITED');
  expect((await ask('2001:db8:0:2::1')).status).toBe(200);
  expect((await ask('2001:db8:0:1::ffff')).status).toBe(429);
  for (const { socket } of begun) socket.destroy();
  await until(async () => (await ask('2001:db8:0:1::1')).status === 200, 'those who leave make space');
});

test('a client that leaves in the middle of its body is no failure of ours', async () => {
  const { socket } = begin('192.0.2.3');
  await until(() => socket.bytesWritten > 0, 'it is sent');
  await ask('192.0.2.3');
  socket.destroy();
  await until(async () => (await ask('192.0.2.3')).status === 200, 'the next is served');
  expect(graph.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

const padded = (bytes: number) => JSON.stringify({ query: '{ deeds }', extensions: { pad: 'x'.repeat(bytes) } });

test.each([
  ['by length', false],
  ['in chunks', true],
])('a large body is for those who show a token (%s)', async (_, inChunks) => {
  const sendPadded = (bytes: number, authorization?: string) =>
    fetch(graph.url, {
      method: 'POST',
      headers: { ...json, ...(authorization && { authorization }) },
      body: inChunks ? new Blob([padded(bytes)]).stream() : padded(bytes),
      ...(inChunks && { duplex: 'half' }),
    }).then(({ status }) => status);
  expect(await sendPadded(limits.strangerBytes - 1000)).toBe(200);
  expect(await sendPadded(limits.strangerBytes + 1000)).toBe(413);
  expect(await sendPadded(limits.strangerBytes + 1000, 'Bearer nonsense')).toBe(401);
  expect(await sendPadded(limits.bodyBytes - 1000, tokenFor('ada'))).toBe(200);
});

test('beyond the largest that is promised nobody is heard', async () => {
  const { status } = await send(graph.url, {
    headers: { ...json, authorization: tokenFor('ada') },
    body: padded(limits.bodyBytes),
  });
  expect(status).toBe(413);
});

test('bytes are counted by network and in all, and given back', () => {
  const unread = new UnreadRequests({ requestsPerAddress: 10, bytesPerAddress: 100, bytes: 150 });
  const codeOf = (hold: () => void) => {
    try {
      hold();
      return undefined;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const [one, two, other] = ['192.0.2.1', '192.0.2.1', '192.0.2.2'].map((from) => unread.begin(from));
  expect(codeOf(() => one!.hold(60))).toBeUndefined();
  expect(codeOf(() => two!.hold(60))).toBe('RATE_LIMITED');
  expect(codeOf(() => other!.hold(80))).toBeUndefined();
  expect(codeOf(() => two!.hold(20))).toBe('UNAVAILABLE');
  one!.end();
  expect(codeOf(() => two!.hold(60))).toBeUndefined();
});
