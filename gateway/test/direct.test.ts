import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

/** Apollo Server answers the second: the type is accepted in a way that only it understands. */
const [direct, byApollo] = ['application/json', 'application/json;q=1.0'];

async function send(accept: string, body: string, authorization?: string) {
  const headers = { 'content-type': 'application/json', accept, ...(authorization && { authorization }) };
  const response = await fetch(graph.url, { method: 'POST', headers, body });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    caching: response.headers.get('cache-control'),
    text: (await response.text()).replace(/"do":\d+/, '"do":"one more"'),
  };
}

test.each([
  ['a query', { query: '{ hello(name: "you") people { id name } }' }],
  [
    'one with variables and a name',
    {
      query: 'query A($n: String!) { hello(name: $n) } query B { __typename }',
      operationName: 'A',
      variables: { n: 'é"\\\u2028💎' },
    },
  ],
  ['one with null for what it has not', { query: '{ __typename }', operationName: null, variables: null }],
  ['one with unknown members beside it', { query: '{ __typename }', more: 1 }],
  ['a mutation', { query: 'mutation { do(thing: "t1") }' }],
  ['a failure in a subgraph', { query: '{ broken hello(name: "you") }' }],
  ['a syntax error', { query: '{ hello(' }],
  ['several mistakes', { query: '{ helo people { nam } }' }],
  ['a missing variable', { query: 'query($n: String!) { hello(name: $n) }' }],
  ['two operations and no name', { query: 'query A { __typename } query B { __typename }' }],
  ['a subscription', { query: 'subscription { done { number } }' }],
  ['an empty text', { query: '' }],
])('%s is answered as Apollo Server answers it, byte for byte', async (_, body) => {
  const text = JSON.stringify(body);
  expect(await send(direct!, text, tokenFor('ada'))).toEqual(await send(byApollo!, text, tokenFor('ada')));
});

test.each([
  ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
  ['application/graphql-response+json,application/json;q=0.9', 'application/graphql-response+json; charset=utf-8'],
  ['*/*', 'application/json; charset=utf-8'],
  ['application/json', 'application/json; charset=utf-8'],
])('whoever accepts %s gets %s', async (accept, type) => {
  expect((await send(accept, '{"query":"{ __typename }"}')).type).toBe(type);
});
