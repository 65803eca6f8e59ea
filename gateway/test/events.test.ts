import { type Client, createClient } from 'graphql-sse';
import { until } from '../../subgraphs/shared/test/harness.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';

const told = 'subscription ($after: String) { told(after: $after) { number thing { title } person { name } } }';
const clients: Client[] = [];
let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.dispose();
  await until(() => graph.gateway.metrics.snapshot().eventStreams === 0, 'every stream is closed');
  await until(() => graph.tellings.open() === 0, 'and at the subgraph');
});
afterAll(() => graph.stop());

interface Result {
  data?: { told: { number: number } };
  errors?: { message: string; extensions: { code: string } }[];
}

/** As a game client without websockets listens: the client of graphql-sse, which asks again after a cut. */
function listen(authorization: string, query: string, variables: Record<string, unknown> = {}, retryAttempts = 0) {
  const client = createClient({
    url: graph.url,
    headers: { authorization },
    retryAttempts,
    retry: () => Promise.resolve(),
  });
  clients.push(client);
  const heard = { results: [] as Result[], error: undefined as unknown, completed: false };
  client.subscribe(
    { query, variables },
    {
      next(result) {
        heard.results.push(result as Result);
        const cursor = (result.data as { told?: { cursor?: string } } | null)?.told?.cursor;
        if (cursor) variables['after'] = cursor;
      },
      error: (error) => void (heard.error = error),
      complete: () => void (heard.completed = true),
    },
  );
  return heard;
}
const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(graph.url, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: tokenFor('ada'),
      ...headers,
    },
    body,
  });
const open = () => until(() => graph.tellings.open() === 1, 'the stream is open');

test('a subscription comes as server-sent events, with fields of three subgraphs', async () => {
  const ada = listen(tokenFor('ada'), told);
  await open();
  graph.tellings.tell('ada', 't1');
  await until(() => ada.results.length === 1, 'it arrives');
  expect(ada.results).toEqual([
    { data: { told: { number: 1, thing: { title: 'Thing t1' }, person: { name: 'ada the brave' } } } },
  ]);
});

test('it goes on from a cursor, and shares its stream with who listens by socket or event stream', async () => {
  for (let n = 0; n < 3; n++) graph.tellings.tell('bob', 't1');
  const bob = listen(tokenFor('bob'), told, { after: 'bob-1' });
  await until(() => bob.results.length === 2, 'what was missed');
  const other = listen(tokenFor('bob'), told, { after: 'bob-3' });
  await until(() => graph.gateway.metrics.snapshot().eventStreams === 2, 'the other is there');
  graph.tellings.tell('bob', 't2');
  await until(() => bob.results.length === 3 && other.results.length === 1, 'both have what is new');
  expect(graph.tellings.open()).toBe(1);
});

test('a stream that is cut is asked for again by its client, and loses nothing', async () => {
  const cyd = listen(tokenFor('cyd'), 'subscription ($after: String) { told(after: $after) { cursor number } }', {}, 5);
  await open();
  graph.tellings.tell('cyd', 't1');
  await until(() => cyd.results.length === 1, 'the first');
  graph.gateway.sendAway(({ id }) => id === 'cyd');
  graph.tellings.tell('cyd', 't1');
  await until(() => cyd.results.length === 2, 'the second');
  expect(cyd).toMatchObject({ error: undefined, completed: false });
});

test('a query is answered with one event and the end', async () => {
  const { results, ...rest } = await until(async () => {
    const heard = listen(tokenFor('ada'), '{ me { name } broken }');
    await until(() => heard.completed, 'it is answered');
    return heard;
  }, 'the answer');
  expect(rest.error).toBeUndefined();
  expect(results).toEqual([
    {
      data: { me: { name: 'ada the brave' }, broken: null },
      errors: [{ message: 'Internal server error', path: ['broken'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    },
  ]);
});

test.each([
  ['a syntax error', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
  ['an unknown field', 'subscription { toll { number } }', 'GRAPHQL_VALIDATION_FAILED'],
  [
    'a condition at the root',
    'subscription($n: Boolean!) { told @skip(if: $n) { number } }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
  ['introspection', '{ __schema { queryType { name } } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['too many tokens', `{ ${'a '.repeat(1001)} }`, 'MAX_TOKENS_LIMIT'],
  ["another's cursor", 'subscription { told(after: "bob-1") { number } }', 'BAD_USER_INPUT'],
])('%s has the code that it has over the other doors', async (_, query, code) => {
  const heard = listen(tokenFor('ada'), query, { n: true });
  await until(() => heard.completed, 'it is answered');
  expect(heard.results.flatMap(({ errors }) => errors!.map(({ extensions }) => extensions.code))).toEqual(
    expect.arrayContaining([code]),
  );
});

test.each<[string, string, Record<string, string>, number]>([
  ['no token', '{"query":"{ deeds }"}', { authorization: '' }, 401],
  ['a token that has ended', '{"query":"{ deeds }"}', { authorization: tokenFor('ada', -5) }, 401],
  ['no JSON', '{"query":', {}, 400],
  ['no query', '{}', {}, 400],
  ['a list of operations', '[{"query":"{ deeds }"}]', {}, 400],
  ['variables that are no map', '{"query":"{ deeds }","variables":[]}', {}, 400],
  ['a body that any web page may send', '{"query":"{ deeds }"}', { 'content-type': 'text/plain' }, 400],
  ['a body that is too large', JSON.stringify({ query: ' '.repeat(200_000) }), {}, 413],
])('%s is refused before a stream begins', async (_, body, headers, status) => {
  const response = await post(body, headers);
  expect(response.status).toBe(status);
  expect(((await response.json()) as Result).errors![0]!.extensions.code).toMatch(/^[A-Z_]+$/);
});

test('the sixth stream of a user is refused', async () => {
  const five = Array.from({ length: 5 }, () => listen(tokenFor('dan'), told));
  await until(() => graph.gateway.metrics.snapshot().eventStreams === 5, 'five are open');
  expect((await post('{"query":"subscription { told { number } }"}', { authorization: tokenFor('dan') })).status).toBe(
    429,
  );
  expect(five.map(({ error }) => error)).toEqual(Array(5).fill(undefined));
});

test('a stream ends with its token', async () => {
  const response = await post('{"query":"subscription { told { number } }"}', { authorization: tokenFor('eva', 2) });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const text = await response.text();
  expect(text).not.toContain('complete');
});
