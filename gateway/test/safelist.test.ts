import { createHash } from 'node:crypto';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';
import { connect, listen } from './listener.ts';
import { json, send } from './request.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const listed = '{ people { id } }';
const other = '{ people { name } }';
const events = 'subscription { told { number } }';
let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph({ safelist: new Map([listed, events].map((text) => [hashOf(text), text])) });
});
afterAll(() => graph.stop());

const persisted = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: hashOf(text) } });
const encoded = (text: string) => encodeURIComponent(text);
const preflighted = { 'apollo-require-preflight': 'true', accept: json.accept };
const get = (search: string) => send(graph.url, { method: 'GET', path: `/graphql?${search}`, headers: preflighted });
const post = (body: object, accept: string) =>
  send(graph.url, { headers: { ...json, accept, authorization: tokenFor('ada') }, body: JSON.stringify(body) });

test.each([
  `query=${encoded(other)}`,
  `x=?&query=${encoded(other)}`,
  `?&query=${encoded(other)}`,
  `query=${encoded(other)}&extensions=${encoded(JSON.stringify(persisted(other)))}`,
  `extensions=${encoded(JSON.stringify(persisted(other)))}`,
  `extensions={}&query=${encoded(other)}`,
])('by GET, %s is not served', async (search) => {
  const { status, text } = await get(search);
  expect({ status, text }).toEqual({ status: 400, text: expect.stringContaining('QUERY_NOT_IN_SAFELIST') });
});

test.each([
  `query=${encoded(other)}&query=${encoded(listed)}`,
  `query=${encoded(listed)}&query=${encoded(other)}`,
  `query=${encoded(listed)}&extensions={}&extensions=${encoded(JSON.stringify(persisted(other)))}`,
])('by GET, %s is ambiguous', async (search) => {
  const { status, text } = await get(search);
  expect({ status, text }).toEqual({ status: 400, text: expect.stringContaining('BAD_REQUEST') });
});

test.each([
  ['by POST', json.accept],
  ['by POST in the old type', 'application/json'],
  ['by server-sent events', 'text/event-stream'],
])('%s nothing else is served', async (_, accept) => {
  for (const body of [
    { query: other },
    { extensions: persisted(other) },
    { query: other, extensions: persisted(other) },
  ])
    expect((await post(body, accept)).text).toContain('QUERY_NOT_IN_SAFELIST');
  for (const body of [{ query: listed }, { extensions: persisted(listed) }])
    expect((await post(body, accept)).text).toContain('{"data":{"people":[{"id":"ada"},{"id":"bob"}]}}');
});

test('by WebSocket nothing else is served', async () => {
  const client = connect(graph.socketUrl, tokenFor('ada'));
  const [refused, answered, told] = [listen(client, other), listen(client, listed), listen(client, events)];
  await until(() => refused.error && answered.completed && graph.tellings.open() === 1, 'all are answered');
  expect(refused.error).toMatchObject([{ extensions: { code: 'QUERY_NOT_IN_SAFELIST' } }]);
  expect(answered.results).toEqual([{ data: { people: [{ id: 'ada' }, { id: 'bob' }] } }]);
  told.stop();
  await client.dispose();
});
