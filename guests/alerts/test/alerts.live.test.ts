import { until } from '../../../shared/testing/harness.ts';
import { callByGrpc, unpromised } from '../../test/clients.ts';
import { graphWithGuests, newcomer } from '../../test/graph.ts';
import { alertsSuite } from './alertsSuite.ts';

describe('alerts without Redis', () => {
  const graph = graphWithGuests();
  alertsSuite(graph);

  test('over REST a post is made and read, and the status told to anybody', async () => {
    const { token } = await newcomer(graph);
    const call = (method: string, path: string, body?: object) =>
      fetch(new URL(path, graph.url()), {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
    const status = await fetch(new URL('/status', graph.url()));
    expect([status.status, await status.json()]).toEqual([200, { status: 'healthy', version: '1.0.0' }]);
    expect((await call('PUT', '/api/v1/me/alert-subscriptions/roads', { tags: [] })).status).toBe(200);
    const made = await call('POST', '/api/v1/alerts', { category: 'roads', title: 'Ice', body: 'Slowly.' });
    expect([made.status, await made.json()]).toEqual([
      201,
      expect.objectContaining({ title: 'Ice', severity: 'INFO' }),
    ]);
    await until(
      async () => ((await (await call('GET', '/api/v1/me/alerts')).json()) as unknown[]).length === 1,
      'it to arrive',
    );
    const promised: [string, Response][] = [
      ['getStatus', await fetch(new URL('/status', graph.url()))],
      ['createAlert', await call('POST', '/api/v1/alerts', { category: 'roads', title: 'Fog', body: 'Slowly.' })],
      ['createAlert', await call('POST', '/api/v1/alerts', { category: 'none', title: '', body: '' })],
      ['listMyAlerts', await call('GET', '/api/v1/me/alerts')],
      ['listAlertCategories', await call('GET', '/api/v1/alert-categories')],
    ];
    for (const [operation, response] of promised) expect(await unpromised('alerts', operation, response)).toEqual([]);
    const { alerts_status: told } = await callByGrpc(graph, 'alerts', 'GetStatus', {}, token);
    expect(told).toEqual({ status: 'healthy', version: '1.0.0' });
    expect((await call('POST', '/api/v1/alerts', { category: 'none', title: '', body: '' })).status).toBe(400);
    expect((await fetch(new URL('/api/v1/me/alerts', graph.url()))).status).toBe(401);
  });
});
