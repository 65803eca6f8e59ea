import { parse } from 'csv-parse/sync';
import { cut, storable } from '../../../shared/text.rules.ts';
import { type Quote, isDecimal, symbolOf } from '../quote.rules.ts';

/** The provider has answered something that is no quote. */
export class ProviderFault extends Error {}

const columns = ['symbol', 'date', 'time', 'open', 'high', 'low', 'close', 'volume', 'name'] as const;
type Row = Record<(typeof columns)[number], string>;

/** How a provider says that it has no such symbol. */
const nothing = 'N/D';
const nameUnits = 120;

/**
 * The quote in a provider's CSV: a line of heads and one of values. Null: it has no such symbol. Throws ProviderFault for all else, be it HTML, half a
 * line, or the quote of another symbol.
 */
export function readQuote(text: string, code: string): Quote | null {
  const row = rowOf(text);
  if (row.symbol.toLowerCase() !== code) throw new ProviderFault(`it answered ${row.symbol.slice(0, 40)} for ${code}`);
  const prices = [row.open, row.high, row.low, row.close];
  if ([...prices, row.date].every((value) => value === nothing)) return null;
  const asOf = new Date(`${row.date}T${row.time}Z`);
  if (!prices.every(isDecimal) || Number.isNaN(asOf.getTime())) throw new ProviderFault('its values are no quote');
  const { open, high, low, close } = row;
  return { symbol: symbolOf(code), companyName: nameOf(row, code), open, high, low, close, asOf: asOf.toISOString() };
}

function rowOf(text: string): Row {
  let lines: string[][];
  try {
    lines = parse(text, { bom: true, trim: true, skip_empty_lines: true, to: 3 });
  } catch {
    throw new ProviderFault('it did not answer CSV');
  }
  const [heads, values, more] = lines;
  if (heads?.map((head) => head.toLowerCase()).join() !== columns.join() || !values || more)
    throw new ProviderFault('it answered other columns or lines than were asked for');
  return Object.fromEntries(columns.map((column, n) => [column, values[n]!])) as Row;
}

function nameOf({ name }: Row, code: string): string {
  const shown = cut(
    storable(name)
      .replaceAll(/\p{Cc}/gu, ' ')
      .trim(),
    nameUnits,
  );
  return shown === '' || shown === nothing ? symbolOf(code) : shown;
}
