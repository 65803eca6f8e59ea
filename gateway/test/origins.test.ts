import { WebSocket } from 'ws';
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
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://game.example',
      vary: expect.stringContaining('Origin'),
    });
    expect(headers['access-control-allow-headers']).toContain('authorization');
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test.each([
    'apollographql-client-name, apollographql-client-version, content-type',
    'sentry-trace,baggage',
    'traceparent',
  ])('it may send %s', async (asked) => {
    const { headers } = await send(graph.url, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://game.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': asked,
      },
    });
    expect(headers['access-control-allow-headers']).toBe(asked);
  });

  test('where a list is given it may send what is on it, and what every client needs', async () => {
    const strict = await startTestGraph({ allowedHeaders: ['x-tenant'] });
    const { headers } = await send(strict.url, {
      method: 'OPTIONS',
      headers: { origin: 'https://game.example', 'access-control-request-headers': 'x-other' },
    });
    await strict.stop();
    expect(headers['access-control-allow-headers']).toMatch(/authorization.*x-tenant$/);
  });

  test.each(['capacitor://localhost', 'tauri://localhost', 'ionic://localhost', 'app://game'])(
    'a web view at %s may call and open a socket where it is listed',
    async (origin) => {
      const own = await startTestGraph({ allowedOrigins: [origin] });
      const { headers } = await preflight(origin, own.url);
      expect(headers['access-control-allow-origin']).toBe(origin);
      const socket = new WebSocket(own.socketUrl, 'graphql-transport-ws', { origin });
      await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
      socket.terminate();
      await own.stop();
    },
  );

  test("Apollo's Sandbox may call in development", async () => {
    const developed = await startTestGraph({ development: true });
    const { headers } = await preflight('https://studio.apollographql.com', developed.url);
    await developed.stop();
    expect(headers).toMatchObject({ 'access-control-allow-origin': 'https://studio.apollographql.com' });
  });
});
