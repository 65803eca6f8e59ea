import { randomBytes, randomUUID } from 'node:crypto';
import { openTracing } from '../../shared/process/tracing.ts';
import { until } from '../../shared/testing/harness.ts';
import { startCollector } from './collector.ts';
import { type Answer, type Graph, startGraph } from './graph.ts';

let collector: Awaited<ReturnType<typeof startCollector>>;
let tracing: { stop(): Promise<void> };
let graph: Graph;

beforeAll(async () => {
  collector = await startCollector();
  // Only what a client traces is traced: nothing begins a trace by itself.
  tracing = await openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, 'test', 0);
  graph = await startGraph();
});
afterAll(async () => {
  await graph.stop();
  await tracing.stop();
  await collector.stop();
});

const password = 'correct horse battery';
async function ask(query: string, variables: object, traceparent?: string): Promise<Answer> {
  const response = await fetch(graph.url(), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(traceparent && { traceparent }) },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}
const newTrace = () => {
  const [traceId, parent] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, parent, traceparent: `00-${traceId}-${parent}-01` };
};
const spansOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);

test('one trace leads from the mutation through outbox and consumer to the frame of the popup', async () => {
  const name = `p${randomUUID().slice(0, 12)}`;
  const signUp = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }';
  const { data } = await ask(signUp, { input: { name, password, timeZone: 'Europe/Berlin' } });
  const live = graph.subscribe(
    'subscription { questCompleted { quest { title } user { name } } }',
    data.signUp.accessToken as string,
  );
  await live.opened;
  const signIn = (traceparent?: string) =>
    ask(
      'mutation SignIn($input: SignInInput!) { signIn(input: $input) { accessToken } }',
      { input: { name, password } },
      traceparent,
    );
  await signIn();
  const { traceId, parent, traceparent } = newTrace();
  await signIn(traceparent);
  await until(() => live.results.length === 1, 'the popup');
  await until(() => spansOf(traceId).some((span) => span.name === 'frame'), 'the frame is in the trace');
  const names = spansOf(traceId).map((span) => span.name);
  for (const expected of [
    'mutation SignIn',
    'fetch auth',
    'request',
    'apply UserSignIn',
    'subscription event',
    'frame',
  ])
    expect(names).toContain(expected);

  // Each but the first has its parent in the same trace.
  const ids = new Set(spansOf(traceId).map(({ spanId }) => spanId));
  const outside = spansOf(traceId).filter(({ parentSpanId }) => !ids.has(parentSpanId ?? ''));
  expect(outside.map(({ name: top, parentSpanId }) => [top, parentSpanId])).toEqual([['mutation SignIn', parent]]);

  // From the frame up: the popup, the event that caused it, the subgraph that sent that, and so on.
  const chain: string[] = [];
  let span = spansOf(traceId).find((each) => each.name === 'frame');
  while (span) {
    chain.push(span.name);
    const { parentSpanId } = span;
    span = spansOf(traceId).find(({ spanId }) => spanId === parentSpanId);
  }
  expect(chain).toEqual([
    'frame',
    'subscription event',
    'apply UserSignIn',
    'request',
    'fetch auth',
    'mutation SignIn',
  ]);
  await live.end();
});

test('a query is one span for each of its parts, and what is not traced by its client is not traced here', async () => {
  const { traceId, traceparent } = newTrace();
  await ask('query Quests { quests(first: 1) { nodes { name } } }', {}, traceparent);
  await ask('query Unseen { quests(first: 2) { nodes { name } } }', {});
  await until(() => spansOf(traceId).some(({ name }) => name === 'query Quests'), 'the trace has come');
  expect(
    spansOf(traceId)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['fetch catalog', 'plan', 'query Quests', 'request']);
  expect(collector.spans.filter(({ name }) => name === 'query Unseen')).toEqual([]);
});
