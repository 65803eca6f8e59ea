import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';
import { connect, listen } from './listener.ts';
import { json, send } from './request.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

const authorization = tokenFor('ada');
interface SubscriptionRequest {
  query: string;
  variables?: Record<string, string>;
}
const literal = (query: string): SubscriptionRequest => ({ query: query.replace('$', '"yesterday"') });
const byVariable = (query: string): SubscriptionRequest => ({
  query: query.replace('$', '$at').replace(/^\w+/, (type) => `${type} ($at: DateTime!)`),
  variables: { at: 'yesterday' },
});

const doors: Record<string, (asked: SubscriptionRequest) => Promise<string>> = {
  POST: async (body) =>
    (await send(graph.url, { headers: { ...json, authorization }, body: JSON.stringify(body) })).text,
  GET: async ({ query, variables = {} }) => {
    const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
    const headers = { ...json, authorization };
    return (await send(graph.url, { method: 'GET', path: `/graphql?${search}`, headers })).text;
  },
  'server-sent events': async (body) => {
    const headers = { ...json, accept: 'text/event-stream', authorization };
    return (await send(graph.url, { headers, body: JSON.stringify(body) })).text;
  },
  WebSocket: async ({ query, variables }) => {
    const client = connect(graph.socketUrl, authorization);
    const heard = listen(client, query, variables);
    await until(() => heard.error ?? heard.completed, 'it is answered');
    await client.dispose();
    return JSON.stringify(heard.error ?? heard.results);
  },
};

test.each(
  [
    ['query { born(since: $) }', ['POST', 'GET', 'server-sent events', 'WebSocket']],
    ['query { ...F } fragment F on Query { born(since: $) }', ['POST']],
    ['mutation { bear(at: $) }', ['POST', 'server-sent events', 'WebSocket']],
    ['subscription { done(since: $) { number } }', ['server-sent events', 'WebSocket']],
  ].flatMap(([query, names]) =>
    (names as string[]).flatMap((door) => [
      { query: query as string, door, how: 'as a literal', asked: literal(query as string) },
      { query: query as string, door, how: 'as a variable', asked: byVariable(query as string) },
    ]),
  ),
)('by $door, $query with a value that is none $how is bad input', async ({ door, asked }) => {
  const text = await doors[door]!(asked);
  expect(text).toContain('BAD_USER_INPUT');
  expect(text).not.toContain('INTERNAL_SERVER_ERROR');
  expect(graph.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

test('a value that its type takes is taken, as a literal too', async () => {
  const { data, errors } = await graph.ask('{ born(since: "2026-01-01T00:00:00Z") }');
  expect({ data, errors }).toEqual({ data: { born: 1 }, errors: undefined });
});
