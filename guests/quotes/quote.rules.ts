/** What a quote is, and which texts can be the symbol of one. */

export interface Quote {
  /** In capitals: AAPL.US */
  symbol: string;
  companyName: string;
  /** Decimal numbers as text: 189.9800 */
  open: string;
  high: string;
  low: string;
  close: string;
  /** Of the last trade, RFC 3339. */
  asOf: string;
}

export const isDecimal = (text: string): boolean => /^-?\d{1,12}(\.\d{1,8})?$/.test(text);

/** The symbol in small letters, as providers are asked for it; undefined for what can be none. Spaces around it do not count. */
export function codeOf(symbol: string): string | undefined {
  const text = symbol.slice(0, 100).trim();
  return symbol.length <= 100 && /^[A-Za-z0-9.^=_-]{1,32}$/.test(text) ? text.toLowerCase() : undefined;
}

export const symbolOf = (code: string): string => code.toUpperCase();
