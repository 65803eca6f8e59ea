import { Redis as Client } from 'ioredis';
import { openLog } from '../../../shared/process/log.ts';
import { until } from '../../../shared/testing/harness.ts';
import { type Redis, startRedis } from '../../../shared/testing/redis.ts';
import { startAggregator } from '../aggregator/aggregator.ts';
import { type AskAggregator, aggregatorAt } from '../aggregator/client.ts';
import { httpProvider } from '../aggregator/provider.ts';
import { answersKey, askedKey } from '../aggregator/queue.ts';
import { openQueueClient } from '../aggregator/queueClient.ts';
import { type Behaviour, openMarket, quoteOf } from './market.ts';

const log = openLog('test', 'silent');
const secret = 'a secret of the tests';
let redis: Redis;
let client: Client;
let market: Awaited<ReturnType<typeof openMarket>>;
beforeAll(async () => {
  redis = await startRedis();
  client = new Client(redis.url);
});
afterAll(async () => {
  client.disconnect();
  await redis.stop();
});
beforeEach(async () => {
  await client.flushall();
  market = await openMarket();
});
afterEach(() => market.stop());

const answered: Behaviour = (symbol, response) => void response.end(quoteOf(symbol));
const found = (symbol: string) => ({ is: 'found', quote: expect.objectContaining({ symbol, close: '123' }) as object });
const away = { is: 'away', retryAfterSeconds: 1, last: null };

const startTheirs = () =>
  startAggregator({
    ...{ host: '127.0.0.1', port: 0, secret, provider: httpProvider(market.url, 1000), redisUrl: redis.url, log },
    lookups: { freshMs: 0, pauseMs: 0, breaker: { failures: 100, pauseMs: 1 } },
  });
type Aggregator = Awaited<ReturnType<typeof startTheirs>>;
interface Asker {
  ask: AskAggregator;
  stop(): Promise<void>;
}
const ways: [string, (aggregator: Aggregator) => Promise<Asker>][] = [
  ['over HTTP', async ({ url }) => ({ ask: aggregatorAt(url, secret), stop: async () => {} })],
  ['by the queue', () => openQueueClient(redis.url, log, 1500)],
];

describe.each(ways)('asked %s', (_, open) => {
  let aggregator: Aggregator;
  let asker: Asker;
  beforeEach(async () => {
    aggregator = await startTheirs();
    asker = await open(aggregator);
  });
  afterEach(async () => {
    await asker.stop();
    await aggregator.stop();
  });

  test('each of many gets its own answer, and equal ones are one request', async () => {
    const held: (() => void)[] = [];
    market.behave = (symbol, response) => void held.push(() => response.end(quoteOf(symbol)));
    const symbols = ['aapl.us', 'msft.us', 'aapl.us', 'ko.us', 'msft.us', 'aapl.us'];
    const answers = symbols.map((symbol) => asker.ask(symbol));
    await until(() => held.length === 3, 'three requests');
    // The last asked for is answered first.
    for (const end of held.reverse()) end();
    expect(await Promise.all(answers)).toEqual(symbols.map((symbol) => found(symbol.toUpperCase())));
  });

  test('a symbol that there is not is unknown, and what can be none is not asked for', async () => {
    market.behave = (symbol, response) =>
      void response.end(quoteOf(symbol).replace(/,2026.*/, ',N/D,N/D,N/D,N/D,N/D,N/D,N/D,NONE'));
    expect(await asker.ask('none.us')).toEqual({ is: 'unknown' });
    expect(market.asked).toEqual(['none.us']);
  });

  test('what a provider does wrong is away, with the last quote that is known, and harms no other symbol', async () => {
    await asker.ask('aapl.us');
    const faults: Behaviour[] = [
      (_symbol, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>busy</html>'),
      (symbol, response) => void response.end(quoteOf(symbol).slice(0, 70)),
      (_symbol, response) => void response.end('A,B\n'.repeat(2_500_000)),
      (_symbol, response) => void response.end(),
      (_symbol, response) => void response.destroy(),
      (_symbol, response) => void response.writeHead(200).write('Symbol,'),
    ];
    for (const [n, fault] of faults.entries()) {
      market.behave = (symbol, response, request) =>
        symbol.startsWith('other') ? answered(symbol, response, request) : fault(symbol, response, request);
      const [known, unseen, other] = await Promise.all(
        ['aapl.us', `new-${n}`, `other-${n}`].map((one) => asker.ask(one)),
      );
      expect(known).toMatchObject({ is: 'away', last: { close: '123' } });
      expect(unseen).toMatchObject({ is: 'away', last: null });
      expect(other).toEqual(found(`OTHER-${n}`));
    }
  });

  test('an aggregator that has gone is away', async () => {
    await aggregator.stop();
    expect(await asker.ask('aapl.us')).toEqual(away);
    aggregator = await startTheirs();
  });
});

describe('the queue', () => {
  test('shares look-ups out among aggregators, each to one', async () => {
    const aggregators = [await startTheirs(), await startTheirs()];
    const asker = await openQueueClient(redis.url, log);
    const symbols = Array.from({ length: 16 }, (_, n) => `s${n}`);
    expect(await Promise.all(symbols.map((one) => asker.ask(one)))).toEqual(
      symbols.map((one) => found(one.toUpperCase())),
    );
    expect([...market.asked].sort()).toEqual([...symbols].sort());
    await asker.stop();
    for (const one of aggregators) await one.stop();
  });

  test('leaves out what nobody waits for any more', async () => {
    const asker = await openQueueClient(redis.url, log, 50);
    expect(await asker.ask('late.us')).toEqual(away);
    const [[position, fields]] = (await client.xrange(askedKey, '-', '+')) as [[string, string[]]];
    await client.del(askedKey);
    // As it lies there three seconds later.
    await client.xadd(askedKey, `${parseInt(position) - 3000}-0`, ...fields);
    const aggregator = await startTheirs();
    await asker.stop();
    const patient = await openQueueClient(redis.url, log);
    expect(await patient.ask('new.us')).toEqual(found('NEW.US'));
    expect(market.asked).toEqual(['new.us']);
    await patient.stop();
    await aggregator.stop();
  });

  test('takes what is none for none, and answers go away with whom they are for', async () => {
    const aggregator = await startTheirs();
    await client.xadd(askedKey, '*', 'client', 'somebody', 'call', '1', 'code', "'; drop table");
    await client.xadd(askedKey, '*', 'nothing', 'of', 'the', 'kind');
    await client.xadd(askedKey, '*', 'client', 'somebody', 'call', '2', 'code', 'aapl.us');
    const key = answersKey('somebody');
    await until(async () => (await client.xlen(key)) === 1, 'the one answer');
    expect(await client.pttl(key)).toBeGreaterThan(0);
    expect(market.asked).toEqual(['aapl.us']);
    await aggregator.stop();
  });

  test('is away with Redis at once, and back with it', async () => {
    const own = await startRedis();
    const port = Number(new URL(own.url).port);
    const aggregator = await startAggregator({
      ...{ host: '127.0.0.1', port: 0, secret, provider: httpProvider(market.url), redisUrl: own.url, log },
    });
    const asker = await openQueueClient(own.url, log, 5000);
    expect(await asker.ask('aapl.us')).toEqual(found('AAPL.US'));
    await own.kill();
    expect(await asker.ask('msft.us')).toEqual(away);
    const again = await startRedis(port);
    await until(async () => (await asker.ask('ko.us')).is === 'found', 'the queue to be served again');
    await asker.stop();
    await aggregator.stop();
    await again.stop();
  });
});
