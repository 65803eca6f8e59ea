import { type Part, openProcesses } from '../../local/test/processes.ts';
import { type Connection, connect } from '../../local/sql.ts';
import type { Answer, Data } from '../../local/test/graph.ts';
import { openLog } from '../../shared/process/log.ts';
import { type Redis, startRedis } from '../../shared/testing/redis.ts';
import { until, untilEqual } from '../../shared/testing/harness.ts';
import { startProvider } from '../quotes/provider/provider.ts';

/** Every process by itself, as in production: what joins has a key for its own events alone, and the others name it in EVENT_SOURCES. */
let redis: Redis;
let processes: Awaited<ReturnType<typeof openProcesses>>;
let provider: Awaited<ReturnType<typeof startProvider>>;
let [gateway, alerts]: (Part | undefined)[] = [];
let database: Connection;
beforeAll(async () => {
  redis = await startRedis();
  provider = await startProvider({ host: '127.0.0.1', port: 0, log: openLog('provider', 'silent') });
  processes = await openProcesses(redis.urlOf);
  const common = { EVENT_SOURCES: 'quotes,alerts', DEMO_DATA: 'true' };
  const auth = await processes.subgraph('auth', common);
  await processes.joined('aggregator', 'guests/quotes/aggregator/main.ts', {
    ...{ QUOTES_PROVIDER: provider.url, REDIS_URL: redis.urlOf('aggregator') },
  });
  const [catalog, progress, quotes, started] = await Promise.all([
    processes.subgraph('catalog', common),
    processes.subgraph('progress', common),
    processes.joined('quotes', 'guests/quotes/main.ts', { REDIS_URL: redis.urlOf('quotes') }),
    // It dies as soon as the first page of a post is stored, before the cache and the readers know.
    processes.joined('alerts', 'guests/alerts/main.ts', {
      REDIS_URL: redis.urlOf('alerts'),
      FAILPOINT: 'alerts.afterStore',
    }),
  ]);
  alerts = started;
  gateway = await processes.gateway(
    { auth, catalog, progress },
    { SUPERGRAPH: 'guests/supergraph.yaml', ROUTING_URL_QUOTES: quotes.url, ROUTING_URL_ALERTS: started.url },
  );
  database = await connect(await processes.databaseOf('alerts'));
});
afterAll(async () => {
  await database.end();
  await processes.stop();
  await provider.stop();
  await redis.stop();
});

async function ask(query: string, variables: object = {}, token?: string): Promise<Data> {
  const response = await fetch(gateway!.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as Answer;
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
const enter = async (name: string, password = 'password') =>
  (
    await ask('mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }', {
      input: { name, password },
    })
  ).signIn.accessToken as string;

test('what guests send from processes of their own reaches progress', async () => {
  const token = await enter('user');
  expect(await ask('{ quote(symbol: "aapl.us") { close } }', {}, token)).toEqual({ quote: { close: '123' } });
  const types = async () => {
    const { me } = await ask('{ me { events { nodes { type } } } }', {}, token);
    return me.events.nodes.map(({ type }: Data) => type);
  };
  await until(async () => (await types()).includes('QuoteRequested'), 'the event to be counted');
});

test('a process that is killed while it brings a post to its readers leaves no reader without it, and none with two', async () => {
  const [operator, player] = [await enter('operator'), await enter('user')];
  await ask('mutation { createAlertCategory(name: "roads") { name } }', {}, operator);
  await ask('mutation { subscribeTo(category: "roads") { category } }', {}, operator);
  await database.query(
    `insert into interest select 'roads', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, '{}' from generate_series(1, 1500) n`,
  );
  const post = 'mutation { createPost(input: { category: "roads", title: "Ice", body: "Slowly." }) { id } }';
  await ask(post, {}, player).catch(() => undefined); // the answer may be lost with the process
  const placed = async () =>
    (await database.query<{ n: number }>('select count(*)::int as n from timeline')).rows[0]!.n;
  await until(async () => (await placed()) > 0, 'the first page to be stored');
  await alerts!.end('SIGKILL');
  expect(await placed()).toBe(1000);
  const again = await processes.joined('alerts', 'guests/alerts/main.ts', { REDIS_URL: redis.urlOf('alerts') });
  await untilEqual(placed, 1501, 'every reader to have it once');
  await until(async () => (await database.query('select from fanout')).rows.length === 0, 'it to be done');
  await again.end('SIGTERM');
});
