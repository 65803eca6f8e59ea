import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';
import { json, send } from './request.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph({ timing: { pingMs: 50 } });
});
afterAll(() => graph.stop());

const told = 'subscription ($after: String) { told(after: $after) { cursor number } }';

/** A client that knows no other way to subscribe. */
function subscribe(person: string, after?: string, url = graph.url) {
  const headers = { authorization: tokenFor(person) };
  const link = new HttpLink({ uri: url, headers });
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const heard = { numbers: [] as number[], cursors: [] as string[], error: undefined as unknown, completed: false };
  const subscription = client
    .subscribe<{ told: { cursor: string; number: number } }>({ query: gql(told), variables: { after } })
    .subscribe({
      next({ data, error }) {
        if (error) heard.error = error;
        if (!data) return;
        heard.numbers.push(data.told.number);
        heard.cursors.push(data.told.cursor);
      },
      error: (error) => (heard.error = error),
      complete: () => (heard.completed = true),
    });
  return { ...{ heard }, stop: () => (subscription.unsubscribe(), client.stop()) };
}

test("Apollo's client hears events in parts, and goes on at its cursor after a cut", async () => {
  const first = subscribe('ada');
  await until(() => graph.tellings.open() === 1, 'the stream is open');
  graph.tellings.tell('ada', 't1');
  graph.tellings.tell('ada', 't2');
  await until(() => first.heard.numbers.length === 2, 'both are heard');
  first.stop();
  await until(() => graph.tellings.open() === 0, 'the stream has ended at the subgraph');
  graph.tellings.tell('ada', 't1');
  const second = subscribe('ada', first.heard.cursors.at(-1));
  await until(() => second.heard.numbers.length === 1, 'what was missed is heard');
  expect(second.heard.numbers).toEqual([3]);
  second.stop();
});

test('a refusal ends the stream with its code', async () => {
  const { heard } = subscribe('bob', 'ada-1');
  await until(() => heard.error !== undefined, 'it is refused');
  expect(JSON.stringify(heard.error)).toContain('BAD_USER_INPUT');
});

const accept = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0, application/json';
const open = (headers: Record<string, string>, query = told) =>
  fetch(graph.url, {
    method: 'POST',
    headers: { ...json, authorization: tokenFor('cyd'), ...headers },
    body: JSON.stringify({ query }),
  });

test('a sign of life comes at once, and again, and the head says what it is', async () => {
  const response = await open({ accept });
  expect(response.headers.get('content-type')).toBe('multipart/mixed;boundary=graphql;subscriptionSpec=1.0');
  let text = '';
  const reader = response.body!.getReader();
  const alive = '\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql';
  while (text.split('{}').length < 4) text += new TextDecoder().decode((await reader.read()).value);
  expect(text.startsWith(alive)).toBe(true);
  await reader.cancel();
});

test.each([
  ['no token', { authorization: '' }, told, 401, 'UNAUTHENTICATED'],
  ['a mistake', {}, 'subscription { nothing }', 200, 'GRAPHQL_VALIDATION_FAILED'],
])('%s is answered as JSON', async (_, headers, query, status, code) => {
  const response = await open({ accept, ...headers }, query);
  expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json; charset=utf-8']);
  expect(await response.text()).toContain(code);
});

test.each([
  [`${accept};q=0.5, text/event-stream`, 'text/event-stream'],
  ['multipart/mixed;subscriptionSpec=1.0', 'multipart/mixed'],
  ['text/event-stream;q=0.1, multipart/mixed;subscriptionSpec="1.0", application/json', 'multipart/mixed'],
])('who accepts %s gets %s', async (accepted, type) => {
  const response = await open({ accept: accepted });
  expect(response.headers.get('content-type')).toContain(type);
  await response.body!.cancel();
});

test.each([
  'multipart/mixed;subscriptionSpec=2.0, application/json',
  'multipart/mixed;subscriptionSpec=1.0;q=0, */*;q=0.1',
])('who accepts %s takes no parts', async (accepted) => {
  const { text } = await send(graph.url, {
    headers: { ...json, accept: accepted.replace('*/*', 'application/json') },
    body: JSON.stringify({ query: told }),
  });
  expect(text).toContain('SUBSCRIPTIONS_OVER_WS_ONLY');
});

test('a query of who takes subscriptions in parts is answered as JSON', async () => {
  const response = await open({ accept }, '{ deeds }');
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
});
