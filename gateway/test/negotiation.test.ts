import { accepts } from './accepts.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';
import { send } from './request.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

const post = (accept: string | undefined, body: object, authorization?: string) =>
  send(graph.url, {
    headers: {
      'content-type': 'application/json',
      ...(accept && { accept }),
      ...(authorization && { authorization }),
    },
    body: JSON.stringify(body),
  });

describe.each(accepts)('%s', (_, accept, type) => {
  test.each<[string, object, string, status?: number]>([
    [
      'a query',
      { query: '{ hello(name: "you") people { id } }' },
      '{"data":{"hello":"hello you","people":[{"id":"ada"},{"id":"bob"}]}}',
    ],
    [
      'variables, a name and signs that JSON has escapes for',
      {
        query: 'query A($n: String!) { hello(name: $n) } query B { __typename }',
        operationName: 'A',
        variables: { n: 'é"\\\u2028💎' },
      },
      '{"data":{"hello":"hello é\\"\\\\\u2028💎"}}',
    ],
    [
      'null for what it has not, and more members',
      { query: '{ __typename }', operationName: null, variables: null, extensions: null, more: 1 },
      '{"data":{"__typename":"Query"}}',
    ],
    [
      'a failure in a subgraph',
      { query: '{ broken hello(name: "you") }' },
      '{"errors":[{"message":"Internal server error","path":["broken"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}],"data":{"broken":null,"hello":"hello you"}}',
    ],
    [
      'a mutation without a token',
      { query: 'mutation { rename(name: "x") { name } }' },
      '{"errors":[{"message":"Sign in first: no valid access token was sent.","path":["rename"],"extensions":{"code":"UNAUTHENTICATED","serviceName":"people"}}],"data":null}',
    ],
    [
      'an unknown field',
      { query: '{ helo }' },
      '{"errors":[{"message":"Cannot query field \\"helo\\" on type \\"Query\\".","locations":[{"line":1,"column":3}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}',
      400,
    ],
  ])('gets the same text for %s, under its own type', async (__, body, text, refused = 200) => {
    const { status, headers, text: got } = await post(accept, body);
    expect(headers['content-type']).toBe(`${type}; charset=utf-8`);
    expect(got).toBe(`${text}\n`);
    expect(status).toBe(type === 'application/json' ? 200 : refused);
  });
});

test.each<[string, string]>([
  ['text/html', 'pages'],
  ['multipart/related', 'parts of other kinds'],
  ['application/json;q=0', 'nothing'],
])('whoever takes %s only is told what there is', async (accept) => {
  const { status, text } = await post(accept, { query: '{ __typename }' });
  expect({ status, ...(JSON.parse(text) as object) }).toMatchObject({
    status: 406,
    errors: [{ extensions: { code: 'BAD_REQUEST' } }],
  });
});

test('a mutation of somebody without a token is executed wherever events are accepted', async () => {
  for (const accept of ['application/json, text/event-stream', 'text/event-stream']) {
    const { status, text } = await post(accept, { query: 'mutation { rename(name: "x") { name } }' });
    expect(status).toBe(200);
    // It is the subgraph that asks for a token, and not the door.
    expect(text).toContain('"serviceName":"people"');
  }
});

test('whoever takes events at all gets a subscription by them, and who takes none is told where it is served', async () => {
  const subscription = { query: 'subscription { told { nothing } }' };
  const valid = { query: 'subscription { told { number } }' };
  const refused = await post('application/json', valid, tokenFor('ada'));
  expect(JSON.parse(refused.text)).toMatchObject({ errors: [{ extensions: { code: 'SUBSCRIPTIONS_OVER_WS_ONLY' } }] });
  const mistaken = await post('application/json, text/event-stream;q=0.1', subscription, tokenFor('ada'));
  expect(mistaken.headers['content-type']).toContain('application/json');
  const leaving = new AbortController();
  const stream = await fetch(graph.url, {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream;q=0.1',
      'content-type': 'application/json',
      authorization: tokenFor('ada'),
    },
    body: JSON.stringify(valid),
    signal: leaving.signal,
  });
  expect(stream.headers.get('content-type')).toContain('text/event-stream');
  leaving.abort();
});

test('a subscription by events needs a token', async () => {
  expect((await post('text/event-stream', { query: 'subscription { told { number } }' })).status).toBe(401);
});
