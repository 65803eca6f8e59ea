import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental';
import { until } from '../../shared/testing/harness.ts';
import { tokenFor, keys } from './graph.ts';
import { byKeys } from '../identity/viewers.ts';
import { connect, listen } from './listener.ts';
import { type PlainGraph, startPlainGraph } from './plainGraph.ts';
import { json, send } from './request.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@policy"])';
const schemas = {
  shop: `${link} type Query { item: Item } type Mutation { buy: Item } type Subscription { sold: Item }
    type Item @key(fields: "id") { id: ID! name: String }`,
  codes: `${link} type Item @key(fields: "id") { id: ID! code: Int! }`,
  stock: `${link} type Item @key(fields: "id") { id: ID! left: Int margin: Int @policy(policies: [["staff"]]) }`,
};

let graph: PlainGraph;
let release: () => void;
let held: Promise<void>;
let isGone = false;
async function serve(yaml = 'server: { defer: true }\n') {
  isGone = false;
  held = new Promise((resolve) => (release = resolve));
  graph = await startPlainGraph(
    schemas,
    async ({ subgraph }, response) => {
      const item = '{"__typename":"Item","id":"1","name":"lamp"}';
      if (subgraph === 'codes') return '{"data":{"_entities":[null]}}';
      if (subgraph === 'shop') return `{"data":{"item":${item},"buy":${item}}}`;
      response.once('close', () => (isGone ||= !response.writableFinished));
      await held;
      return '{"data":{"_entities":[{"__typename":"Item","left":3,"margin":9}]}}';
    },
    yaml,
    { verify: byKeys(keys) },
  );
}
afterEach(async () => {
  release();
  await graph.stop();
});

const query = '{ item { name ... @defer(label: "stock") { left } } }';
const ask = (accept: string, text = query, more: Record<string, unknown> = {}) =>
  fetch(graph.url, {
    method: 'POST',
    headers: { ...json, accept },
    body: JSON.stringify({ query: text }),
    ...more,
  });
/** The parts of an answer, as objects. */
const partsIn = (text: string) =>
  text
    .split(/\r\n--graphql(?:--\r\n)?/)
    .flatMap((part) => (part.trim() ? [JSON.parse(part.slice(part.indexOf('\r\n\r\n'))) as object] : []));

const apolloForm = 'multipart/mixed;deferSpec=20220824, application/json';
const byPlace = [
  { data: { item: { name: 'lamp' } }, hasNext: true },
  { incremental: [{ label: 'stock', path: ['item'], data: { left: 3 } }], hasNext: false },
];
const byId = [
  { data: { item: { name: 'lamp' } }, pending: [{ id: '0', path: ['item'], label: 'stock' }], hasNext: true },
  { incremental: [{ id: '0', data: { left: 3 } }], completed: [{ id: '0' }], hasNext: false },
];

test.each([
  [apolloForm, 'multipart/mixed;boundary=graphql;deferSpec=20220824', byPlace],
  ['multipart/mixed; deferSpec="20220824"', 'multipart/mixed;boundary=graphql;deferSpec=20220824', byPlace],
  ['multipart/mixed;incrementalSpec=v0.2, */*', 'multipart/mixed;boundary=graphql;incrementalSpec=v0.2', byId],
  ['multipart/mixed, application/json;q=0.9', 'multipart/mixed;boundary=graphql', byId],
  [
    'multipart/mixed;q=0.5, multipart/mixed;deferSpec=20220824',
    'multipart/mixed;boundary=graphql;deferSpec=20220824',
    byPlace,
  ],
])('who accepts %s gets %s', async (accept, type, expected) => {
  await serve();
  const response = await ask(accept);
  expect(response.headers.get('content-type')).toBe(type);
  const reader = response.body!.getReader();
  let text = new TextDecoder().decode((await reader.read()).value);
  expect(partsIn(text)).toEqual([expected[0]]);
  release();
  for (let next = await reader.read(); !next.done; next = await reader.read())
    text += new TextDecoder().decode(next.value);
  expect(partsIn(text)).toEqual(expected);
  expect(text.endsWith('\r\n--graphql--\r\n')).toBe(true);
});

test.each([
  ['the form of 2022', new Defer20220824Handler()],
  ['the present form', new GraphQL17Alpha9Handler()],
])("Apollo's client reads %s", async (_, incrementalHandler) => {
  await serve();
  const client = new ApolloClient({
    link: new HttpLink({ uri: graph.url }),
    cache: new InMemoryCache(),
    incrementalHandler,
  });
  const seen: unknown[] = [];
  const watched = client
    .watchQuery({ query: gql('query { item { id name ... @defer { left } } }') })
    .subscribe(({ data }) => data && seen.push(JSON.parse(JSON.stringify(data))));
  await until(() => seen.length === 1, 'the first part is read');
  release();
  await until(() => seen.length === 2, 'the deferred part is read');
  const item = { __typename: 'Item', id: '1', name: 'lamp' };
  expect(seen).toEqual([{ item }, { item: { ...item, left: 3 } }]);
  watched.unsubscribe();
  client.stop();
});

const whole = { data: { item: { name: 'lamp', left: 3 } } };

test.each([
  'application/json',
  'application/graphql-response+json',
  'multipart/mixed;subscriptionSpec=1.0, */*',
  '*/*',
])('who accepts %s gets everything at once', async (accept) => {
  await serve();
  release();
  const response = await ask(accept);
  expect([response.headers.get('content-type'), await response.json()]).toEqual([
    expect.stringMatching(/json; charset=utf-8$/),
    whole,
  ]);
});

test('by server-sent events and WebSocket everything comes at once', async () => {
  await serve('server: { defer: true }\n');
  release();
  expect(await (await ask('text/event-stream, multipart/mixed;q=0.5')).text()).toContain(JSON.stringify(whole));
  const client = connect(graph.socketUrl, tokenFor('ada'));
  const heard = listen(client, query);
  await until(() => heard.completed, 'it is answered');
  expect(heard.results).toEqual([whole]);
  await client.dispose();
});

test('by GET too an answer comes in parts, and a mutation’s payload may be deferred', async () => {
  await serve();
  release();
  const headers = { ...json, accept: apolloForm };
  const { text } = await send(graph.url, {
    method: 'GET',
    path: `/graphql?${new URLSearchParams({ query })}`,
    headers,
  });
  expect(partsIn(text)).toEqual(byPlace);
  const bought = await ask(apolloForm, 'mutation { buy { name ... @defer { left } } }');
  expect(partsIn(await bought.text())).toEqual([
    { data: { buy: { name: 'lamp' } }, hasNext: true },
    { incremental: [{ path: ['buy'], data: { left: 3 } }], hasNext: false },
  ]);
});

test('nothing is deferred unless that is set, and nothing in answers that have nothing to defer', async () => {
  await serve('');
  expect(await (await ask(apolloForm)).text()).toContain('Unknown directive');
  await graph.stop();
  await serve();
  expect((await ask(apolloForm, '{ item { name } }')).headers.get('content-type')).toContain('application/json');
});

test.each([
  ['{ item { name @stream } }', '@stream is not served'],
  ['mutation { ... @defer { buy { name } } }', 'root of a mutation'],
  ['mutation { ...F @defer } fragment F on Mutation { buy { name } }', 'root of a mutation'],
  ['subscription { sold { ... @defer { name } } }', 'not served in subscriptions'],
  ['query ($l: String) { item { ... @defer(label: $l) { name } } }', 'must be text'],
  ['{ item { ... @defer(label: "a") { name } ... @defer(label: "a") { left } } }', 'under one label'],
  [`{ item { ${'... @defer { name } '.repeat(21)} } }`, 'MAX_DIRECTIVES_LIMIT'],
  [
    `{ item { ${'...A '.repeat(11)} } } fragment A on Item { ... @defer { name } ... @defer { left } }`,
    'MAX_DIRECTIVES_LIMIT',
  ],
  ['{ item { name @defer } }', 'may not be used on FIELD'],
])('%s is refused', async (text, said) => {
  await serve();
  expect(await (await ask(apolloForm, text)).text()).toContain(said);
  expect(graph.asked).toEqual([]);
});

test('what the caller may not read is not read later either', async () => {
  await serve();
  const response = await ask(apolloForm, '{ item { name ... @defer { margin } } }');
  const [, later] = partsIn(await response.text());
  expect(later).toMatchObject({
    incremental: [{ data: { margin: null }, errors: [{ extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }] }],
  });
  expect(graph.asked.map(({ text }) => text).join()).not.toContain('margin');
});

test.each([
  [apolloForm, { incremental: [], hasNext: false }],
  ['multipart/mixed', { completed: [{ id: '0' }], hasNext: false }],
])('for who accepts %s a part ends without data where another has made null what is around it', async (accept, end) => {
  await serve();
  const text = '{ item { name ... @defer { left } } ... @defer(label: "null") { item { code } } }';
  const response = await ask(accept, text);
  const reader = response.body!.getReader();
  let told = '';
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    told += new TextDecoder().decode(next.value);
    if (told.includes('{"item":null}')) release();
  }
  const [, nullified, last] = partsIn(told);
  expect(nullified).toMatchObject({ incremental: [{ data: { item: null } }], hasNext: true });
  expect(last).toEqual(end);
});

test('how many fragments may be deferred is a setting', async () => {
  await serve('server: { defer: true }\nlimits: { deferred: 1 }\n');
  const two = '{ item { ... @defer { name } ... @defer { left } } }';
  expect(await (await ask(apolloForm, two)).text()).toContain('MAX_DIRECTIVES_LIMIT');
});

test('a client that leaves ends what is deferred', async () => {
  await serve();
  const leaving = new AbortController();
  const response = await ask(apolloForm, query, { signal: leaving.signal });
  await response.body!.getReader().read();
  await until(() => graph.asked.length === 2, 'the deferred part is asked for');
  leaving.abort();
  await until(() => isGone, 'the subgraph hears of it');
  expect(graph.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

test('what comes too late is told with its code, and holds its place until then', async () => {
  await serve('server: { defer: true, operation_timeout_ms: 300, requests_at_once: 1 }\n');
  const response = await ask(apolloForm);
  const reader = response.body!.getReader();
  const first = new TextDecoder().decode((await reader.read()).value);
  expect(partsIn(first)).toEqual([byPlace[0]]);
  expect((await ask('application/json')).status).toBe(503);
  const last = new TextDecoder().decode((await reader.read()).value);
  expect(last).toContain('"data":null');
  expect(last).toContain('OPERATION_TIMEOUT');
  release();
  await until(async () => (await ask('application/json')).status === 200, 'its place is free');
});
