import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';

let graph: TestGraph;
beforeAll(async () => void (graph = await startTestGraph()));
afterAll(() => graph.stop());

const operator = tokenFor('olga', 60, ['OPERATOR']);
const list = (authorization?: string, method = 'GET') =>
  fetch(new URL('/subgraphs', graph.url), { method, headers: authorization ? { authorization } : {} });

test('operators read which subgraphs there are, and where each tells how it does', async () => {
  const response = await list(operator);
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
  expect(await response.json()).toEqual({
    subgraphs: [
      { name: 'deeds', health: null },
      { name: 'people', health: null },
      { name: 'things', health: null },
    ],
  });
});

test('nobody else does, and nobody writes it', async () => {
  expect((await list()).status).toBe(401);
  expect((await list(tokenFor('ada'))).status).toBe(403);
  expect((await list(operator, 'POST')).status).toBe(400);
});
