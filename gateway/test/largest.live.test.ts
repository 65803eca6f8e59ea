import { randomUUID } from 'node:crypto';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { type Graph, startGraph } from '../../local/test/graph.ts';
import { eventsAtMost } from '../../subgraphs/progress/events/record.rules.ts';

/** What the schema promises to take at most must pass at every door that can carry it. */
let graph: Graph;
let tokens: { operator: string; service: string };
beforeAll(async () => {
  graph = await startGraph();
  tokens = { operator: await graph.tokenOf('operator'), service: await graph.tokenOf('service') };
});
afterAll(() => graph.stop());

interface Result {
  data?: unknown;
  errors?: unknown;
}
type Ask = (query: string, variables: Record<string, unknown>, token: string) => Promise<Result>;

const doors: [string, Ask][] = [
  ['POST', (query, variables, token) => graph.ask(query, variables, token)],
  [
    'server-sent events',
    (query, variables, token) =>
      new Promise((resolve, reject) => {
        const client = createSseClient({ url: graph.url(), headers: { authorization: `Bearer ${token}` } });
        const sink = { next: (result: Result) => resolve(result), error: reject, complete: () => client.dispose() };
        client.subscribe({ query, variables }, sink as never);
      }),
  ],
  [
    'WebSocket',
    (query, variables, token) =>
      new Promise((resolve, reject) => {
        const client = createClient({
          url: graph.url().replace('http', 'ws'),
          webSocketImpl: WebSocket,
          connectionParams: { authorization: `Bearer ${token}` },
          retryAttempts: 0,
        });
        const sink = { next: resolve, error: reject, complete: () => void client.dispose() };
        client.subscribe({ query, variables }, sink as never);
      }),
  ],
];

/** A list of one quest, and a comment that makes it as long as it may be; every line of it needs an escape in JSON. */
const yaml = (() => {
  const quest =
    '- { name: largest, title: Largest, trigger: LevelFinished, streak: 2, rewards: [{ item: GOLD, quantity: 1 }] }\n';
  const rest = 256 * 1024 - quest.length;
  return quest + '# "\n'.repeat(Math.floor(rest / 4));
})();

test.each(doors)('by %s, 256 KiB of YAML are imported', async (_, ask) => {
  const query = 'mutation ($yaml: String!) { importQuests(yaml: $yaml, dryRun: true) { __typename } }';
  expect(await ask(query, { yaml }, tokens.operator)).toEqual({ data: expect.anything() });
});

test.each(doors)('by %s, 500 events of 8 KiB are recorded', async (_, ask) => {
  const batch = randomUUID();
  const { data: signedIn } = await graph.ask(
    'mutation { signIn(input: { name: "user", password: "password" }) { user { id } } }',
  );
  const userId = (signedIn as { signIn: { user: { id: string } } }).signIn.user.id;
  const events = Array.from({ length: eventsAtMost }, (__, n) => ({
    id: `${batch}-${n}`.padEnd(100, '-'),
    userId,
    type: 'T'.padEnd(64, 't'),
    occurredAt: new Date().toISOString(),
    data: { text: 'é'.repeat((8192 - '{"text":""}'.length) / 2) },
  }));
  const query = 'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }';
  const { data, errors } = await ask(query, { events }, tokens.service);
  expect(errors).toBeUndefined();
  expect((data as { recordEvents: unknown[] }).recordEvents).toHaveLength(eventsAtMost);
});
