import { startPlainGraph } from './plainGraph.ts';
import { json, send } from './request.ts';

test('hooks are called at their places, and may refuse and set headers', async () => {
  const calls: unknown[] = [];
  const graph = await startPlainGraph({ shop: 'type Query { price: Int }' }, () => '{"data":{"price":7}}', '', {
    hooks: {
      onRequest: ({ door }) => void calls.push(['request', door]),
      onOperation: ({ kind, name }) => void calls.push(['operation', kind, name]),
      onFetch({ service, setHeader }) {
        calls.push(['fetch', service]);
        setHeader('x-signed', 'yes');
      },
      onAnswer({ kind, name, errors }) {
        calls.push(['answer', kind, name, errors.length]);
        throw new Error('a hook that fails changes nothing');
      },
    },
  });
  const { text } = await send(graph.url, { headers: json, body: '{"query":"query Q { price }"}' });
  expect(JSON.parse(text)).toEqual({ data: { price: 7 } });
  expect(calls).toEqual([
    ['request', 'http'],
    ['operation', 'query', 'Q'],
    ['fetch', 'shop'],
    ['answer', 'query', 'Q', 0],
  ]);
  expect(graph.asked[0]!.request.headers['x-signed']).toBe('yes');
  await graph.stop();
});
