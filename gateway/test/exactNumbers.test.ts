import { WebSocket } from 'ws';
import { until } from '../../shared/testing/harness.ts';
import { type PlainGraph, startPlainGraph } from './plainGraph.ts';
import { json, send } from './request.ts';

const schema = `
  scalar Long
  scalar Any
  input By @oneOf { id: ID name: String }
  input Where { n: Long f: Float by: By }
  directive @at(by: By, n: Long) on FIELD
  type Query {
    echo(n: Long, any: Any, list: [Long], f: Float, i: Int, id: ID, by: By, bys: [By!], where: Where): Long
  }
  type Subscription { ticks(n: Long): Long }
`;
const long = '9007199254740993';

let graph: PlainGraph;
beforeAll(async () => {
  graph = await startPlainGraph(
    { shop: schema },
    ({ body, request }, response) => {
      if (request.headers.accept !== 'text/event-stream') return `{"data":{"echo":${long},"n":${long}}}`;
      const key = /(\w+):ticks/.exec(body.query)?.[1] ?? 'ticks';
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`event: next\ndata: {"data":{"${key}":${long}}}\n\nevent: complete\ndata:\n\n`);
      return undefined;
    },
    'streams: { ticks: { public: true } }\nevery_subgraph: { subscriptions: { protocol: sse } }\n',
  );
});
beforeEach(() => void graph.asked.splice(0));
afterAll(() => graph.stop());

/** The text of whatever a door answers to the text of a request. */
const doors: Record<string, (query: string, variables: string) => Promise<string>> = {
  POST: async (query, variables) => (await send(graph.url, { headers: json, body: bodyOf(query, variables) })).text,
  GET: async (query, variables) =>
    (
      await send(graph.url, {
        method: 'GET',
        path: `/graphql?${new URLSearchParams({ query, variables })}`,
        headers: json,
      })
    ).text,
  'server-sent events': async (query, variables) =>
    (await send(graph.url, { headers: { ...json, accept: 'text/event-stream' }, body: bodyOf(query, variables) })).text,
  WebSocket: async (query, variables) => {
    const socket = new WebSocket(graph.socketUrl, 'graphql-transport-ws');
    const heard: string[] = [];
    socket.on('message', (data) => heard.push(String(data)));
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    await until(() => heard.length > 0, 'it is acknowledged');
    socket.send(`{"id":"1","type":"subscribe","payload":${bodyOf(query, variables)}}`);
    await until(() => heard.some((text) => /"(complete|error)"/.test(text)), 'it is answered');
    socket.close();
    return heard.slice(1).join('');
  },
};
const bodyOf = (query: string, variables: string) => `{"query":${JSON.stringify(query)},"variables":${variables}}`;
const names = Object.keys(doors);

test.each(
  names.flatMap((door) =>
    [
      ['query ($n: Long) { echo(n: $n) }', `{"n":${long}}`, `"n":${long}`],
      ['query ($n: [Long]) { echo(list: $n) }', `{"n":[1,-${long}]}`, `"n":[1,-${long}]`],
      ['query ($n: Any) { echo(any: $n) }', `{"n":{"a":[${long}.5,1e400]}}`, `"n":{"a":[${long}.5,1e400]}`],
      ['query ($n: Where) { echo(where: $n) }', `{"n":{"n":${long}}}`, `"n":{"n":${long}}`],
      ['query ($n: Long) { echo(n: $n) }', '{"n":0.12345678901234567890}', '"n":0.12345678901234567890'],
    ].map(([query, variables, sent]) => ({ door, query: query!, variables: variables!, sent: sent! })),
  ),
)('by $door, $variables reaches the subgraph as it was written, and so comes the answer', async (given) => {
  expect(await doors[given.door]!(given.query, given.variables)).toContain(`{"echo":${long}}`);
  expect(graph.asked[0]!.text).toContain(given.sent);
});

test.each(['server-sent events', 'WebSocket'])('by %s, a stream keeps long numbers both ways', async (door) => {
  const text = await doors[door]!('subscription ($n: Long) { ticks(n: $n) }', `{"n":${long}}`);
  expect(text).toContain(`{"ticks":${long}}`);
  expect(graph.asked[0]!.text).toContain(`"n":${long}`);
});

test.each([
  ['query ($n: Float) { echo(f: $n) }', '0.12345678901234567890', '0.12345678901234568'],
  ['query ($n: Where) { echo(where: $n) }', `{"f":${long}}`, '9007199254740992'],
])('%s takes %s as the double that it is', async (query, value, sent) => {
  expect(await doors['POST']!(query, `{"n":${value}}`)).toContain('"data"');
  expect(graph.asked[0]!.text).toContain(sent);
});

test.each(
  names.flatMap((door) =>
    [
      ['query ($n: Int) { echo(i: $n) }', `{"n":${long}}`, 'Int cannot represent'],
      ['query ($n: ID) { echo(id: $n) }', `{"n":${long}}`, 'send it as text'],
      ['query ($n: ID) { echo(id: $n) }', '{"n":1e21}', 'send it as text'],
      ['query ($n: By) { echo(by: $n) }', `{"n":{"id":${long}}}`, '$n.id is an id'],
      ['query ($n: Float) { echo(f: $n) }', '{"n":1e400}', 'Float cannot represent'],
      ['query ($n: Where) { echo(where: $n) }', `{"n":${long}}`, 'to be an object'],
      [`{ echo(n: ${long}) }`, '{}', 'send it as a variable'],
      [`{ echo(any: { a: [${long}] }) }`, '{}', 'send it as a variable'],
      ['{ echo(any: 1e400) }', '{}', 'send it as a variable'],
      [`{ echo @at(n: ${long}) }`, '{}', 'send it as a variable'],
      [`{ echo(list: [1, -${long}]) }`, '{}', 'send it as a variable'],
      [`query ($n: Long = ${long}) { echo(n: $n) }`, '{}', 'send it as a variable'],
      [`{ echo(id: ${long}) }`, '{}', 'send it as text'],
    ].map(([query, variables, said]) => ({ door, query: query!, variables: variables!, said: said! })),
  ),
)('by $door, $query with $variables is refused', async ({ door, query, variables, said }) => {
  const text = await doors[door]!(query, variables);
  expect(text).toContain(said);
  expect(text).toMatch(/BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED/);
  expect(text).not.toContain('rawJSON');
  expect(graph.asked).toEqual([]);
});

describe('of a @oneOf input', () => {
  test.each(
    names.flatMap((door) =>
      [
        ['{ echo(by: { id: "1", name: "x" }) }', '{}', 'GRAPHQL_VALIDATION_FAILED'],
        ['{ echo(by: {}) }', '{}', 'GRAPHQL_VALIDATION_FAILED'],
        ['{ echo(by: { id: null }) }', '{}', 'GRAPHQL_VALIDATION_FAILED'],
        ['query ($id: ID) { echo(by: { id: $id }) }', '{"id":"1"}', 'GRAPHQL_VALIDATION_FAILED'],
        ['{ echo(bys: [{ id: "1" }, { id: "1", name: "x" }]) }', '{}', 'GRAPHQL_VALIDATION_FAILED'],
        ['{ echo(where: { by: {} }) }', '{}', 'GRAPHQL_VALIDATION_FAILED'],
        ['{ echo @at(by: { id: "1", name: "x" }) }', '{}', 'GRAPHQL_VALIDATION_FAILED'],
        ['query ($by: By) { echo @at(by: $by) }', '{"by":{}}', 'BAD_USER_INPUT'],
        ['query ($by: By) { echo(by: $by) }', '{"by":{"id":"1","name":"x"}}', 'BAD_USER_INPUT'],
        ['query ($by: By) { echo(by: $by) }', '{"by":{}}', 'BAD_USER_INPUT'],
        ['query ($by: By) { echo(by: $by) }', '{"by":{"id":null}}', 'BAD_USER_INPUT'],
        ['query ($by: [By!]) { echo(bys: $by) }', '{"by":[{"id":"1"},{"id":"1","name":"x"}]}', 'BAD_USER_INPUT'],
        ['query ($by: Where) { echo(where: $by) }', '{"by":{"by":{}}}', 'BAD_USER_INPUT'],
      ].map(([query, variables, code]) => ({ door, query: query!, variables: variables!, code: code! })),
    ),
  )('by $door, $query with $variables is $code', async ({ door, query, variables, code }) => {
    expect(await doors[door]!(query, variables)).toContain(`"code":"${code}"`);
    expect(graph.asked).toEqual([]);
  });

  test.each([
    ['{ echo(by: { id: "1" }) }', '{}'],
    ['query ($id: ID!) { echo(by: { id: $id }) }', '{"id":"1"}'],
    ['query ($by: By) { echo(by: $by) }', '{"by":{"name":"x"}}'],
  ])('%s with %s is served', async (query, variables) => {
    expect(await doors['POST']!(query, variables)).toBe(`{"data":{"echo":${long}}}\n`);
  });
});
