import { auditServer } from 'graphql-http';
import { type TestGraph, startTestGraph } from './graph.ts';

let graph: TestGraph;
beforeAll(async () => (graph = await startTestGraph({ development: true })));
afterAll(() => graph.stop());

test('every audit of GraphQL over HTTP passes', async () => {
  // The audits know nothing of CSRF: what a web page cannot send without asking first is added.
  const fetchFn = (url: string, { headers, ...rest }: RequestInit = {}) =>
    fetch(url, { ...rest, headers: { ...headers, 'apollo-require-preflight': 'true' } });
  const results = await auditServer({ url: graph.url, fetchFn });
  const failed = results.flatMap((result) =>
    result.status === 'ok' ? [] : [`${result.id} ${result.name}: ${result.reason}`],
  );
  expect(failed).toEqual([]);
  expect(results).toHaveLength(61);
});
