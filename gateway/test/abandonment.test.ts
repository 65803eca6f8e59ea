import { until } from '../../shared/testing/harness.ts';
import { termsForAll } from '../supergraph/subgraphTerms.ts';
import { type TestGraph, startTestGraph, supergraphFile, tokenFor } from './graph.ts';
import { connect, listen } from './listener.ts';
import { json } from './request.ts';
import { type Holding, startHolding } from './holding.ts';

let subgraphs: TestGraph;
let graph: TestGraph;
let holding: Holding;
/** Lets what is held go on. */
let release: () => void;

/** Between the gateway and the subgraph `deeds`, which counts, stands what the test holds. */
beforeAll(async () => {
  subgraphs = await startTestGraph();
  const { people, things, deeds } = subgraphs.subgraphs;
  holding = await startHolding(deeds.url);
  const supergraph = { file: supergraphFile, urls: { people: people.url, things: things.url, deeds: holding.url } };
  graph = await startTestGraph({ supergraph, subgraphs: termsForAll({ timeoutMs: 60_000 }) });
});
beforeEach(() => {
  release = holding.hold();
});
afterEach(() => release());
afterAll(async () => {
  await graph.stop();
  await holding.stop();
  await subgraphs.stop();
});

const asked = () => until(() => holding.waiting() > 0, 'the subgraph is asked');
const abandoned = () => until(() => holding.waiting() === 0, 'the request to the subgraph is given up');
const quiet = () => expect(graph.logged.filter((line) => /"level":(40|50)/.test(line))).toEqual([]);

function post(query: string, { signal, accept = json.accept }: { signal?: AbortSignal; accept?: string } = {}) {
  return fetch(graph.url, {
    method: 'POST',
    headers: { ...json, accept, authorization: tokenFor('ada') },
    body: JSON.stringify({ query }),
    ...(signal && { signal }),
  });
}

test.each([
  ['by POST', json.accept],
  ['by server-sent events', 'text/event-stream'],
])('a query whose client has left is given up (%s)', async (_, accept) => {
  const leaving = new AbortController();
  const asking = post('{ deeds }', { signal: leaving.signal, accept });
  await asked();
  leaving.abort();
  await expect(asking).rejects.toThrow();
  await abandoned();
  quiet();
});

test.each<[string, (client: ReturnType<typeof connect>, stop: () => void) => void]>([
  ['completes it', (_, stop) => stop()],
  ['closes its socket', (client) => void client.dispose()],
])('a query by WebSocket is given up when its client %s', async (_, leave) => {
  const client = connect(graph.socketUrl, tokenFor('ada'));
  const heard = listen(client, '{ deeds }');
  await asked();
  leave(client, heard.stop);
  await abandoned();
  await client.dispose();
  quiet();
});

test('a query that several wait for is given up when the last of them has left', async () => {
  const authorization = tokenFor('bob');
  const one = new AbortController();
  const other = new AbortController();
  const ask = (signal: AbortSignal) =>
    fetch(graph.url, {
      method: 'POST',
      headers: { ...json, authorization },
      body: '{"query":"{ deeds }"}',
      signal,
    });
  const [first, second] = [ask(one.signal), ask(other.signal)];
  await asked();
  one.abort();
  await expect(first).rejects.toThrow();
  // Whatever the gateway hears after the first has left, it hears now.
  expect((await graph.ask('{ hello(name: "you") }')).errors).toBeUndefined();
  expect(holding.waiting()).toBe(1);
  other.abort();
  await expect(second).rejects.toThrow();
  await abandoned();
});

test('who asks after it was given up asks anew', async () => {
  const leaving = new AbortController();
  const asking = post('{ deeds }', { signal: leaving.signal });
  await asked();
  leaving.abort();
  await expect(asking).rejects.toThrow();
  await abandoned();
  release();
  expect(await (await post('{ deeds }')).json()).toEqual({ data: { deeds: expect.any(Number) } });
});

test('a mutation is carried out, whether or not its client waits for it', async () => {
  const heard = listen(connect(subgraphs.socketUrl, tokenFor('ada')), 'subscription { done { number } }');
  await until(() => subgraphs.streams.size === 1, 'the stream is open');
  const leaving = new AbortController();
  const asking = post('mutation { do(thing: "t1") }', { signal: leaving.signal });
  await asked();
  leaving.abort();
  await expect(asking).rejects.toThrow();
  expect((await graph.ask('{ hello(name: "you") }')).errors).toBeUndefined();
  release();
  await until(() => heard.results.length === 1, 'it is done');
  heard.stop();
});

describe('with a deadline', () => {
  let impatient: TestGraph;
  beforeAll(async () => {
    const { people, things } = subgraphs.subgraphs;
    const supergraph = { file: supergraphFile, urls: { people: people.url, things: things.url, deeds: holding.url } };
    impatient = await startTestGraph({
      supergraph,
      subgraphs: termsForAll({ timeoutMs: 60_000 }),
      operationTimeoutMs: 150,
    });
  });
  afterAll(() => impatient.stop());

  test('a query is answered in time, with a code of its own, and given up', async () => {
    const { status, data, errors } = await impatient.ask('{ deeds }');
    expect({ status, data }).toEqual({ status: 504, data: undefined });
    expect(errors).toEqual([{ message: 'The operation took too long.', extensions: { code: 'OPERATION_TIMEOUT' } }]);
    await abandoned();
  });

  test('a mutation is answered in time, and goes on', async () => {
    const heard = listen(connect(subgraphs.socketUrl, tokenFor('cyd')), 'subscription { done { number } }');
    await until(() => subgraphs.streams.size === 1, 'the stream is open');
    const { status, errors } = await impatient.ask(
      'mutation { do(thing: "t1") }',
      {},
      { authorization: tokenFor('cyd') },
    );
    expect([status, errors![0]!.extensions.code]).toEqual([504, 'OPERATION_TIMEOUT']);
    release();
    await until(() => heard.results.length === 1, 'it is done');
    heard.stop();
  });

  test('by WebSocket it is an `error` with the same code', async () => {
    const client = connect(impatient.socketUrl, tokenFor('ada'));
    const heard = listen(client, '{ deeds }');
    await until(() => heard.error, 'it is answered');
    expect(heard.error).toMatchObject([{ extensions: { code: 'OPERATION_TIMEOUT' } }]);
    await client.dispose();
  });
});
