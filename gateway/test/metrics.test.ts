import { freePort } from '../../local/ports.ts';
import { openMeters } from '../../shared/process/metrics.ts';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';
import { connect, listen } from './listener.ts';
import { termsForAll } from '../supergraph/subgraphTerms.ts';

let meters: Awaited<ReturnType<typeof openMeters>>;
let graph: TestGraph;
let page: string;
beforeAll(async () => {
  const port = await freePort();
  page = `http://127.0.0.1:${port}/metrics`;
  meters = await openMeters({ METRICS_PORT: String(port) });
  graph = await startTestGraph({
    meter: meters.of('gateway'),
    requestsAtOnce: 1,
    subgraphs: termsForAll({ timeoutMs: 10_000 }),
  });
});
afterAll(async () => {
  await graph.stop();
  await meters.stop();
});

/** What Prometheus would read: values by name and labels, without the one that says which process it is. */
async function scrape(): Promise<Record<string, number>> {
  const text = await (await fetch(page)).text();
  const lines = [...text.matchAll(/^questline_(\w+)\{subgraph="gateway",?(.*?)\} (\S+)$/gm)];
  return Object.fromEntries(
    lines.map(([, name, labels, value]) => [labels ? `${name} ${labels}` : name!, Number(value)]),
  );
}

test('requests, their errors by code, and what subgraphs took', async () => {
  await graph.ask('{ hello(name: "you") }');
  await graph.ask('{ nothing }');
  await graph.ask('{ broken }');
  await graph.ask('{ deeds }', {}, { authorization: 'Bearer nonsense' });
  const crowd = await Promise.all(Array.from({ length: 5 }, () => graph.ask('{ deeds }')));
  const shed = crowd.filter(({ status }) => status === 503).length;
  expect(shed).toBeGreaterThan(0);
  expect(await scrape()).toMatchObject({
    'request_seconds_count door="http"': 9,
    'errors_total code="GRAPHQL_VALIDATION_FAILED"': 1,
    'errors_total code="INTERNAL_SERVER_ERROR"': 1,
    'errors_total code="UNAUTHENTICATED"': 1,
    'errors_total code="UNAVAILABLE"': shed,
    shed_requests_total: shed,
    requests_in_flight: 0,
    'subgraph_fetch_seconds_count service="people",outcome="answered"': 2,
  });
});

test('sockets, subscriptions, events and why they end', async () => {
  const client = connect(graph.socketUrl, tokenFor('ada'));
  const heard = listen(client, 'subscription { told { number thing { title } } }');
  const wrong = listen(client, 'subscription { told { nothing } }');
  const asked = listen(client, '{ broken }');
  await until(() => wrong.error && asked.completed && graph.tellings.open() === 1, 'the stream is open');
  graph.tellings.tell('ada', 't1');
  await until(() => heard.results.length === 1, 'the event arrives');
  expect(await scrape()).toMatchObject({
    sockets: 1,
    event_streams: 0,
    'subscriptions field="told"': 1,
    subscription_groups: 1,
    upstream_sockets: 1,
    upstream_streams: 1,
    queued_events: 0,
    deepest_queue_events: 0,
    upstream_events_total: 1,
    delivered_events_total: 1,
    event_retries_total: 0,
    entity_keys_total: 1,
    entity_requests_total: 1,
    event_completion_seconds_count: 1,
    'request_seconds_count door="socket"': 2,
    'errors_total code="GRAPHQL_VALIDATION_FAILED"': 2,
    'errors_total code="INTERNAL_SERVER_ERROR"': 2,
  });
  heard.stop();
  await until(async () => (await scrape())['subscription_ends_total reason="left"'] === 1, 'it has left');
  await client.dispose();
  const stranger = connect(graph.socketUrl, 'Bearer nonsense');
  listen(stranger, '{ deeds }');
  await until(async () => (await scrape())['rejects_total reason="unauthenticated"'] === 1, 'it is refused');
});

test('no label is about one user', async () => {
  const text = await (await fetch(page)).text();
  const labels = new Set([...text.matchAll(/(\w+)="/g)].map(([, name]) => name));
  expect([...labels].sort()).toEqual(['code', 'door', 'field', 'le', 'outcome', 'reason', 'service', 'subgraph']);
  expect(text).not.toContain('ada');
});
