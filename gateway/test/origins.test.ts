import { type TestGraph, startTestGraph } from './graph.ts';
import { json, send } from './request.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

describe('web pages of other origins', () => {
  const corsOf = (headers: object) => Object.keys(headers).filter((name) => name.startsWith('access-control'));
  const preflight = (origin: string, url: string) =>
    send(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

  test.each([
    'https://evil.example',
    'null',
    'https://game.example.evil',
    'http://game.example',
    'https://studio.apollographql.com',
  ])('%s may not call', async (origin) => {
    const asked = await preflight(origin, graph.url);
    expect(corsOf(asked.headers)).toEqual([]);
    const asking = await send(graph.url, { headers: { ...json, origin }, body: '{"query":"{ __typename }"}' });
    expect(asking.status).toBe(200);
    expect(corsOf(asking.headers)).toEqual([]);
  });

  test('a listed one may call, without cookies', async () => {
    const { status, headers } = await preflight('https://game.example', graph.url);
    expect(status).toBe(204);
    expect(headers).toMatchObject({ 'access-control-allow-origin': 'https://game.example', vary: 'Origin' });
    expect(headers['access-control-allow-headers']).toContain('authorization');
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test("Apollo's Sandbox may call in development", async () => {
    const developed = await startTestGraph({ development: true });
    const { headers } = await preflight('https://studio.apollographql.com', developed.url);
    await developed.stop();
    expect(headers).toMatchObject({ 'access-control-allow-origin': 'https://studio.apollographql.com' });
  });
});
