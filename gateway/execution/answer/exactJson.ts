import type { Json, JsonObject } from './path.ts';

/** A number whose text a double does not keep, as `JSON.rawJSON` makes it: `JSON.stringify` writes the text. */
export interface ExactNumber extends JsonObject {
  rawJSON: string;
}

const { rawJSON } = JSON as unknown as { rawJSON(text: string): ExactNumber };

/** Doubles keep 15 digits; a longer run, or a number that has one, may be more than they can say. */
const longRun = new RegExp('[\\d.]'.repeat(16));

/** Parses JSON; numbers that a double would change are kept as `ExactNumber`. */
export const parseExact = (text: string): unknown =>
  longRun.test(text) ? (JSON.parse(text, keepExact) as unknown) : (JSON.parse(text) as unknown);

function keepExact(_: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined && source.length > 15 && String(value) !== source
    ? rawJSON(source)
    : value;
}

/** No other object of an answer is without a prototype. */
export const isExactNumber = (value: Json | undefined): value is ExactNumber =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null;
