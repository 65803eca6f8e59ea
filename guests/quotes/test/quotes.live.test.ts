import { connect } from '../../../local/sql.ts';
import { type Data } from '../../../local/test/graph.ts';
import { until } from '../../../shared/testing/harness.ts';
import joining from '../../join.ts';
import { callByGrpc, unpromised } from '../../test/clients.ts';
import { completed, graphWithGuests, newcomer } from '../../test/graph.ts';
import { quotesHere } from '../subgraph.ts';
import { openMarket, quoteOf } from './market.ts';

let market: Awaited<ReturnType<typeof openMarket>>;
beforeAll(async () => void (market = await openMarket()));
afterAll(() => market.stop());
const others = joining.subgraphs.filter(({ name }) => name !== 'quotes');
const here = quotesHere(undefined, { freshMs: 0, pauseMs: 0 });

describe('with the bundled provider', () => {
  const graph = graphWithGuests({ subgraphs: [...others, here] });
  const quote = 'query ($symbol: String!) { quote(symbol: $symbol) { symbol companyName close price stale } }';
  const rest = (path: string, headers: Record<string, string> = {}) => fetch(new URL(path, graph.url()), { headers });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const basic = (name: string, password: string) => ({ authorization: `Basic ${btoa(`${name}:${password}`)}` });

  test('a quote is looked up by its symbol in either case, and enters the history, the last first', async () => {
    const { token } = await newcomer(graph);
    const { data } = await graph.ask(quote, { symbol: 'aapl.us' }, token);
    expect(data.quote).toEqual({ symbol: 'AAPL.US', companyName: 'APPLE', close: '123', price: 123, stale: false });
    await graph.ask(quote, { symbol: 'MSFT.US' }, token);
    const page =
      'query ($after: String) { me { quoteHistory(first: 1, after: $after) { nodes { symbol } pageInfo { hasNextPage endCursor } } } }';
    const first = (await graph.ask(page, {}, token)).data.me.quoteHistory;
    expect([first.nodes, first.pageInfo.hasNextPage]).toEqual([[{ symbol: 'MSFT.US' }], true]);
    const second = (await graph.ask(page, { after: first.pageInfo.endCursor }, token)).data.me.quoteHistory;
    expect([second.nodes, second.pageInfo.hasNextPage]).toEqual([[{ symbol: 'AAPL.US' }], false]);
  });

  test('a symbol that there is not is NOT_FOUND, an odd one refused, and neither is kept', async () => {
    const { token } = await newcomer(graph);
    const codeFor = async (symbol: string) => (await graph.ask(quote, { symbol }, token)).errors?.[0]?.extensions.code;
    expect(await codeFor('none.us')).toBe('NOT_FOUND');
    for (const odd of ['', 'a b', "'; drop table looked_up", '\u202eLPAA', 'x'.repeat(1000)])
      expect(await codeFor(odd)).toBe('BAD_USER_INPUT');
    const history = (await graph.ask('{ me { quoteHistory { nodes { symbol } } } }', {}, token)).data.me.quoteHistory;
    expect(history.nodes).toEqual([]);
  });

  test('REST answers to the letter what the first specification has, by Bearer and by Basic', async () => {
    const { name, password, token } = await newcomer(graph);
    for (const headers of [bearer(token), basic(name, password)]) {
      const stock = await rest('/stock?q=aapl.us', headers);
      expect(stock.headers.get('content-type')).toMatch(/^application\/json/);
      expect(await stock.text()).toBe('{"symbol":"AAPL.US","company_name":"APPLE","quote":123}');
    }
    const history = (await (await rest('/history', bearer(token))).json()) as Data[];
    expect(history).toHaveLength(2);
    expect(Object.keys(history[0])).toEqual(['date', 'name', 'symbol', 'open', 'high', 'low', 'close']);
    expect(history[0]).toMatchObject({ name: 'APPLE', symbol: 'AAPL.US', close: '123' });
  });

  test('REST answers what the committed document promises, and gRPC the same by the committed file', async () => {
    const { token } = await newcomer(graph);
    expect(await unpromised('quotes', 'getStock', await rest('/stock?q=aapl.us', bearer(token)))).toEqual([]);
    expect(await unpromised('quotes', 'getStock', await rest('/stock?q=none.us', bearer(token)))).toEqual([]);
    expect(await unpromised('quotes', 'listMyQuotes', await rest('/history', bearer(token)))).toEqual([]);
    const operator = bearer(await graph.tokenOf('operator'));
    expect(await unpromised('quotes', 'getStockStats', await rest('/stats', operator))).toEqual([]);
    const { quote } = await callByGrpc(graph, 'quotes', 'GetStock', { q: 'aapl.us' }, token);
    expect(quote).toEqual({ symbol: 'AAPL.US', company_name: 'APPLE', quote: 123 });
  });

  test('statistics are for operators: most requested first, ties by symbol', async () => {
    const { token } = await newcomer(graph);
    for (const symbol of ['ko.us', 'f.us', 'ko.us', 'v.us', 'ko.us', 'f.us']) await graph.ask(quote, { symbol }, token);
    const stats = (await (await rest('/stats?top=100', bearer(await graph.tokenOf('operator')))).json()) as Data[];
    const ofThese = stats.filter(({ stock }) => ['ko.us', 'f.us', 'v.us'].includes(stock));
    expect(ofThese).toEqual([
      { stock: 'ko.us', times_requested: 3 },
      { stock: 'f.us', times_requested: 2 },
      { stock: 'v.us', times_requested: 1 },
    ]);
    const order = stats.map(({ times_requested, stock }) => [-times_requested, stock]);
    expect(order).toEqual([...order].sort(([n, a], [m, b]) => n - m || (a < b ? -1 : 1)));
    expect((await rest('/stats', basic('operator', 'password'))).status).toBe(200);
  });

  test.each<[status: number, path: string, as: string]>([
    [401, '/stock?q=aapl.us', 'nobody'],
    [401, '/history', 'nobody'],
    [401, '/stats', 'nobody'],
    [401, '/stock?q=aapl.us', 'Bearer not.a.token'],
    [401, '/stock?q=aapl.us', `Basic ${btoa('user:wrong password')}`],
    [403, '/stats', 'player'],
    [404, '/stock?q=none.us', 'player'],
    [400, '/stock', 'player'],
    [400, `/stock?q=${'x'.repeat(100)}`, 'player'],
    [400, '/stock?q=%00', 'player'],
    [400, '/stats?top=0', 'operator'],
  ])('%i in JSON for GET %s as %s', async (status, path, as) => {
    const headers =
      {
        nobody: () => ({}),
        player: async () => bearer((await newcomer(graph)).token),
        operator: async () => bearer(await graph.tokenOf('operator')),
      }[as] ?? (() => ({ authorization: as }));
    const response = await rest(path, await headers());
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/json/);
    expect(await response.json()).toMatchObject({ status });
  });

  test('events complete the quests, and every entry of the history has its event', async () => {
    const player = await newcomer(graph);
    for (const symbol of ['aapl.us', 'AAPL.US', 'ibm.us']) await graph.ask(quote, { symbol }, player.token);
    const sent = async () => {
      const { data } = await graph.ask('{ me { events(first: 100) { nodes { type data } } } }', {}, player.token);
      return data.me.events.nodes.filter(({ type }: Data) => type === 'QuoteRequested');
    };
    await until(async () => (await sent()).length === 3, 'three events');
    expect(await completed(graph, player.token)).toEqual([]);
    await graph.ask(quote, { symbol: 'ge.us' }, player.token);
    await until(
      async () => (await completed(graph, player.token)).includes('three-symbols'),
      'the quest to be completed',
    );
    expect((await sent())[0].data).toEqual({ symbol: 'GE.US', found: true });

    const [own, progress] = [await connect(graph.databases['quotes']!), await connect(graph.databases.progress)];
    const looked = await own.query<{ key: string }>(`select user_id || ' look-up:' || id as key from looked_up`);
    const keys = looked.rows.map(({ key }) => key).sort();
    await until(async () => (await own.query('select from outbox')).rows.length === 0, 'the outbox to be empty');
    const events = await progress.query<{ key: string }>(
      `select user_id || ' ' || id as key from event where source = 'quotes'`,
    );
    expect(events.rows.map(({ key }) => key).sort()).toEqual(keys);
    await Promise.all([own.end(), progress.end()]);
  });
});

describe('with a provider that comes and goes', () => {
  const graph = graphWithGuests({
    subgraphs: [
      ...others,
      // Its address is known once it is open.
      { ...here, start: (surroundings) => quotesHere(market.url, { freshMs: 0, pauseMs: 0 }).start(surroundings) },
    ],
  });
  const quote = 'query ($stale: Boolean!) { quote(symbol: "aapl.us", acceptStale: $stale) { close stale } }';

  test('it is UNAVAILABLE with a time to come again, or the last quote known for whoever takes a stale one', async () => {
    const { token } = await newcomer(graph);
    expect((await graph.ask(quote, { stale: false }, token)).data.quote).toEqual({ close: '123', stale: false });
    market.behave = (_, response) => void response.writeHead(503).end();
    const refused = await graph.ask(quote, { stale: false }, token);
    expect(refused.errors?.[0]?.extensions).toMatchObject({
      code: 'UNAVAILABLE',
      retryAfterSeconds: expect.any(Number),
    });
    expect((await graph.ask(quote, { stale: true }, token)).data.quote).toEqual({ close: '123', stale: true });
    const rest = await fetch(new URL('/stock?q=aapl.us', graph.url()), {
      headers: { authorization: `Bearer ${token}` },
    });
    expect([rest.status, rest.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
  });

  test('one that is slow harms nobody else', async () => {
    const { token } = await newcomer(graph);
    let isHeld = true;
    market.behave = async (symbol, response) => {
      await until(() => !isHeld, 'the answer to be let go');
      response.end(quoteOf(symbol));
    };
    const slow = graph.ask(quote, { stale: false }, token);
    expect((await graph.ask('{ me { name quests { streak } } }', {}, token)).errors).toBeUndefined();
    isHeld = false;
    await slow;
  });
});
