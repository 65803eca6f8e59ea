import { type Client, createClient } from 'graphql-sse';
import { limits } from '../limits/limits.ts';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, keys, startTestGraph, tokenFor } from './graph.ts';
import { startWire } from './wire.ts';

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
function listen(
  authorization: string,
  query: string,
  variables: Record<string, unknown> = {},
  { retryAttempts = 0, url = graph.url } = {},
) {
  const client = createClient({
    url,
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
  const cyd = listen(
    tokenFor('cyd'),
    'subscription ($after: String) { told(after: $after) { cursor number } }',
    {},
    { retryAttempts: 5 },
  );
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
  ['no token', '{"query":"subscription { told { number } }"}', { authorization: '' }, 401],
  ['a token that has ended', '{"query":"{ deeds }"}', { authorization: tokenFor('ada', -5) }, 401],
  ['no JSON', '{"query":', {}, 400],
  ['no query', '{}', {}, 400],
  ['a list of operations', '[{"query":"{ deeds }"}]', {}, 400],
  ['variables that are no map', '{"query":"{ deeds }","variables":[]}', {}, 400],
  ['a body that any web page may send', '{"query":"{ deeds }"}', { 'content-type': 'text/plain' }, 400],
  ['a body that is too large', JSON.stringify({ query: ' '.repeat(limits.bodyBytes) }), {}, 413],
])('%s is refused before a stream begins', async (_, body, headers, status) => {
  const response = await post(body, headers);
  expect(response.status).toBe(status);
  expect(((await response.json()) as Result).errors![0]!.extensions.code).toMatch(/^[A-Z_]+$/);
});

test('with the sixth stream of a user the first is cut, so that its client asks again', async () => {
  const body = '{"query":"subscription { told { number } }"}';
  const first = await post(body, { authorization: tokenFor('dan') });
  const four = Array.from({ length: 4 }, () => listen(tokenFor('dan'), told));
  await until(() => graph.gateway.metrics.snapshot().eventStreams === 5, 'five are open');
  const sixth = await post(body, { authorization: tokenFor('dan') });
  expect(sixth.status).toBe(200);
  expect(await first.text()).not.toContain('complete');
  expect(four.map(({ error }) => error)).toEqual(Array(4).fill(undefined));
  await sixth.body!.cancel();
});

test('a stream ends with its token', async () => {
  const response = await post('{"query":"subscription { told { number } }"}', { authorization: tokenFor('eva', 2) });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const text = await response.text();
  expect(text).not.toContain('complete');
});

test('a reader that has gone before its token was checked leaves nothing behind', async () => {
  const checking = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const own = await startTestGraph({
    async keys(kid) {
      asked.resolve();
      await checking.promise;
      return keys(kid);
    },
  });
  const leaving = new AbortController();
  const headers = { accept: 'text/event-stream', 'content-type': 'application/json', authorization: tokenFor('ivy') };
  const body = JSON.stringify({ query: 'subscription { told { number } }' });
  const stream = fetch(own.url, { method: 'POST', headers, body, signal: leaving.signal });
  await asked.promise;
  leaving.abort();
  await expect(stream).rejects.toThrow('aborted');
  // What is sent after it has left arrives after it has left.
  await fetch(own.url.replace('graphql', 'health'));
  checking.resolve();
  const { data } = await own.ask('{ me { name } }', {}, { authorization: tokenFor('ivy') });
  expect(data).toEqual({ me: { name: 'ivy the brave' } });
  const { eventStreams, groups } = own.gateway.metrics.snapshot();
  expect([eventStreams, groups]).toEqual([0, 0]);
  await own.stop();
});

test('a reader that has gone without a word is cut when it takes nothing any more, and has lost nothing', async () => {
  const own = await startTestGraph({ timing: { pingMs: 100 } });
  const wire = await startWire(Number(new URL(own.url).port));
  const big = 'x'.repeat(40_000);
  const gone = listen(tokenFor('fay'), told, {}, { url: wire.url });
  await until(() => own.tellings.open() === 1, 'the stream is open');
  own.tellings.tell('fay', big);
  await until(() => gone.results.length === 1, 'the first arrives');
  const bury = wire.deaden();
  const { rejects } = await until(() => {
    own.tellings.tell('fay', big);
    const now = own.gateway.metrics.snapshot();
    expect(now.deepestQueue).toBeLessThanOrEqual(256);
    return now.rejects['half-open'] === 1 && now;
  }, 'it is given up');
  expect(rejects.age).toBe(0);
  await until(() => own.gateway.metrics.snapshot().eventStreams === 0 && own.tellings.open() === 0, 'nothing is held');
  const count = Number(own.tellings.cursorOf('fay').split('-')[1]);
  const back = listen(tokenFor('fay'), told, { after: 'fay-1' }, { url: own.url });
  await until(() => back.results.length === count - 1, 'all the others');
  expect(back.results.map(({ data }) => data!.told.number)).toEqual(Array.from({ length: count - 1 }, (_, n) => n + 2));
  bury();
  await wire.stop();
  await own.stop();
});

test('a reader of whom nothing is heard for long is cut, and one that is still there goes on', async () => {
  const own = await startTestGraph({ timing: { streamMs: 400 } });
  const wire = await startWire(Number(new URL(own.url).port));
  listen(tokenFor('gus'), told, {}, { url: wire.url });
  await until(() => own.tellings.open() === 1, 'the stream is open');
  const bury = wire.deaden();
  await until(() => own.gateway.metrics.snapshot().rejects.age === 1 && own.tellings.open() === 0, 'nothing is held');
  const query = 'subscription ($after: String) { told(after: $after) { cursor number } }';
  const there = listen(tokenFor('hal'), query, {}, { url: own.url, retryAttempts: 5 });
  let count = 0;
  await until(() => {
    if (there.results.length < count) return false;
    if (own.gateway.metrics.snapshot().rejects.age >= 3) return true;
    if (own.tellings.open() === 1) own.tellings.tell('hal', `t${++count}`);
    return false;
  }, 'it has been cut twice');
  expect(there.results.map(({ data }) => data!.told.number)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
  expect(there.error).toBeUndefined();
  bury();
  await wire.stop();
  await own.stop();
});
