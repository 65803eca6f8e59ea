import { openLog } from '../../../shared/process/log.ts';
import { until } from '../../../shared/testing/harness.ts';
import { type LookupSettings, openLookups } from '../aggregator/lookups.ts';
import { httpProvider } from '../aggregator/provider.ts';
import { type Behaviour, openMarket, quoteOf } from './market.ts';

const log = openLog('test', 'silent');
let market: Awaited<ReturnType<typeof openMarket>>;
beforeEach(async () => void (market = await openMarket()));
afterEach(() => market.stop());

const lookups = (settings: LookupSettings = {}) => openLookups(httpProvider(market.url), log, settings);
const found = (close = '123') => ({ is: 'found', quote: expect.objectContaining({ close }) as object });
const away = { is: 'away', retryAfterSeconds: 1, last: null };

test('equal look-ups at the same time are one request, and so are those that come soon after', async () => {
  const lookUp = lookups();
  const answers = await Promise.all(Array.from({ length: 50 }, () => lookUp('aapl.us')));
  expect(answers).toEqual(Array(50).fill(found()));
  expect(await lookUp('aapl.us')).toEqual(found());
  expect(market.asked).toEqual(['aapl.us']);
  await lookUp('msft.us');
  expect(market.asked).toEqual(['aapl.us', 'msft.us']);
});

test('what is no longer fresh is asked for again', async () => {
  const lookUp = lookups({ freshMs: 0 });
  await lookUp('aapl.us');
  market.behave = (symbol, response) => void response.end(quoteOf(symbol, '124.5'));
  expect(await lookUp('aapl.us')).toEqual(found('124.5'));
});

test('a symbol that there is not is asked for once as well', async () => {
  market.behave = (symbol, response) =>
    void response.end(quoteOf(symbol).replace(/,2026.*/, ',N/D,N/D,N/D,N/D,N/D,N/D,N/D,NONE'));
  const lookUp = lookups();
  expect([await lookUp('none.us'), await lookUp('none.us')]).toEqual([{ is: 'unknown' }, { is: 'unknown' }]);
  expect(market.asked).toHaveLength(1);
});

test.each<[string, Behaviour]>([
  ['a page', (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>busy</html>')],
  ['status 500', (symbol, response) => void response.writeHead(500).end(quoteOf(symbol))],
  ['a redirect', (_, response) => void response.writeHead(302, { location: market.url }).end()],
  ['nothing', (_, response) => void response.end()],
  ['half a line', (symbol, response) => void response.end(quoteOf(symbol).slice(0, 70))],
  [
    'a body that breaks off',
    (symbol, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write(quoteOf(symbol));
      response.destroy();
    },
  ],
  ['10 MB', (_, response) => void response.end('A,B\n'.repeat(2_500_000))],
  ['a cut connection', (_, response) => void response.destroy()],
])('a provider that answers %s is away, and the next symbol is asked for all the same', async (_, behave) => {
  const lookUp = lookups();
  market.behave = behave;
  expect(await lookUp('aapl.us')).toEqual(away);
  market.behave = (symbol, response) => void response.end(quoteOf(symbol));
  expect(await lookUp('msft.us')).toEqual(found());
});

test('a provider that never ends its answer is given up', async () => {
  market.behave = (_, response) => void response.writeHead(200).write('Symbol,');
  expect(await lookups()('aapl.us')).toEqual(away);
});

test('while the provider is away the last quote that is known is told', async () => {
  const lookUp = lookups({ freshMs: 0 });
  await lookUp('aapl.us');
  market.behave = (_, response) => void response.writeHead(503).end();
  expect(await lookUp('aapl.us')).toEqual({ ...away, last: expect.objectContaining({ close: '123' }) as object });
});

test('after failures in a row the provider is left alone, and then one request tries', async () => {
  const lookUp = lookups({ breaker: { failures: 3, pauseMs: 300 }, pauseMs: 0 });
  market.behave = (_, response) => void response.destroy();
  for (const symbol of ['a', 'b', 'c', 'd', 'e']) await lookUp(symbol);
  expect(market.asked).toEqual(['a', 'b', 'c']);
  market.behave = (symbol, response) => void response.end(quoteOf(symbol));
  await until(async () => (await lookUp('a')).is === 'found', 'the provider to be asked again');
  expect(await lookUp('b')).toEqual(found());
});

test('more than a provider is to bear at once are told to come again', async () => {
  const held: (() => void)[] = [];
  market.behave = (symbol, response) => void held.push(() => response.end(quoteOf(symbol)));
  const lookUp = lookups({ atOnce: 2 });
  const first = [lookUp('a'), lookUp('b')];
  expect(await lookUp('c')).toEqual(away);
  await until(() => held.length === 2, 'two requests to be there');
  for (const end of held) end();
  expect(await Promise.all(first)).toEqual([found(), found()]);
});
