import { ProviderFault, readQuote } from '../aggregator/csv.ts';
import { codeOf } from '../quote.rules.ts';

const heads = 'Symbol,Date,Time,Open,High,Low,Close,Volume,Name';
const line = 'AAPL.US,2026-11-20,22:00:11,122.5666,123.738,121.8312,123,21246633,APPLE';
const read = (text: string) => readQuote(text, 'aapl.us');

test('a line of values is a quote, its prices as they were written', () => {
  const quote = {
    ...{ symbol: 'AAPL.US', companyName: 'APPLE', open: '122.5666', high: '123.738', low: '121.8312', close: '123' },
    asOf: '2026-11-20T22:00:11.000Z',
  };
  expect(read(`${heads}\r\n${line}\r\n`)).toEqual(quote);
  expect(read(`\uFEFF${heads.toLowerCase()}\n${line.toLowerCase().replace('apple', 'APPLE')}`)).toEqual(quote);
  expect(read(`${heads}\n${line.replace('APPLE', '"APPLE, ""the"" company"')}`)!.companyName).toBe(
    'APPLE, "the" company',
  );
  expect(read(`${heads}\n${line.replace('21246633', 'N/D')}`)).toEqual(quote);
});

test('N/D in every column is a symbol that there is not', () => {
  expect(read(`${heads}\r\nAAPL.US,N/D,N/D,N/D,N/D,N/D,N/D,N/D,AAPL.US\r\n`)).toBeNull();
});

test('a name that cannot be shown is shown as the symbol', () => {
  for (const name of ['', 'N/D', '\0\u0007'])
    expect(read(`${heads}\n${line.replace('APPLE', name)}`)!.companyName).toMatch(/^(AAPL\.US|\uFFFD)$/);
  expect(read(`${heads}\n${line.replace('APPLE', 'x'.repeat(5000))}`)!.companyName).toHaveLength(120);
});

test.each([
  ['nothing', ''],
  ['a page', '<!doctype html><html><body><h1>Try again later</h1></body></html>'],
  ['JSON', '{"symbol":"AAPL.US"}'],
  ['only heads', heads],
  ['half a line', `${heads}\nAAPL.US,2026-11-20,22:0`],
  ['a quote that is not closed', `${heads}\n${line.replace('APPLE', '"APPLE')}`],
  ['two lines', `${heads}\n${line}\n${line}`],
  ['another symbol', `${heads}\n${line.replace('AAPL', 'MSFT')}`],
  ['other columns', `Symbol,Close\nAAPL.US,123`],
  ['a price that is N/D', `${heads}\n${line.replace('123.738', 'N/D')}`],
  ['a price that is no decimal', `${heads}\n${line.replace('123.738', '1e999')}`],
  ['a day that there is not', `${heads}\n${line.replace('2026-11-20', '2026-13-40')}`],
])('%s is a fault of the provider', (_, text) => expect(() => read(text)).toThrow(ProviderFault));

test('symbols are taken in either case, without the blanks around them, and odd ones not at all', () => {
  expect(['AAPL.us', ' aapl.us\n', '^SPX', 'BRK-B.US', 'EURUSD=X'].map(codeOf)).toEqual([
    ...['aapl.us', 'aapl.us', '^spx', 'brk-b.us', 'eurusd=x'],
  ]);
  for (const odd of [
    '',
    ' ',
    'a b',
    'a,b',
    'a&f=x',
    'ä',
    'a/../b',
    "a'b",
    '\0',
    '%00',
    'x'.repeat(33),
    'x'.repeat(1000),
  ])
    expect(codeOf(odd)).toBeUndefined();
});
