import { type TestGraph, startTestGraph } from './graph.ts';

let graph: TestGraph;
beforeAll(async () => void (graph = await startTestGraph()));
afterAll(() => graph.stop());

const askReady = (url: string) => fetch(new URL('/ready', url));

test('a subgraph that leaves is not ready, ends each connection with its answer, and answers on', async () => {
  const { people } = graph.subgraphs;
  expect((await askReady(people.url)).status).toBe(200);
  people.leave();
  const { status, headers } = await askReady(people.url);
  expect([status, headers.get('connection')]).toEqual([503, 'close']);
  expect((await fetch(new URL('/health', people.url))).status).toBe(200);
});
