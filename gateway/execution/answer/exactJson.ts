import type { Json, JsonObject } from './path.ts';

/** A number whose text a double does not keep, as `JSON.rawJSON` makes it: `JSON.stringify` writes the text. */
export interface ExactNumber extends JsonObject {
  rawJSON: string;
}

const { rawJSON } = JSON as unknown as { rawJSON(text: string): ExactNumber };

/** A number of JSON by its text: exact where a double would change it. */
export const numberOf = (text: string): number | ExactNumber =>
  isChangedByDouble(text) ? rawJSON(text) : Number(text);

/** Doubles keep 15 digits; a longer run, or a number that has one, may be more than they can say. */
const longRun = new RegExp('[\\d.]'.repeat(16));
/** Doubles end near 1e308, and begin near 1e-323. What follows tells such a number from a part of an id in hexadecimal digits. */
const longExponent = /[eE][+-]?\d{3,}[,\]}\s]/;

/** Whether a JSON text may have numbers that a double would change. */
export const mayBeExact = (text: string): boolean => longRun.test(text) || longExponent.test(text);

/** Parses JSON; numbers that a double would change are kept as `ExactNumber`. */
export const parseExact = (text: string): unknown =>
  mayBeExact(text) ? (JSON.parse(text, keepExact) as unknown) : (JSON.parse(text) as unknown);

/** Whether a number that is written so becomes another one, or loses its digits, as a double. */
export function isChangedByDouble(text: string): boolean {
  const value = Number(text);
  if (String(value) === text) return false;
  return text.length > 15 || !Number.isFinite(value) || (value === 0 && /^[^eE]*[1-9]/.test(text));
}

function keepExact(_: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined && isChangedByDouble(source) ? rawJSON(source) : value;
}

/** No other object of a JSON value is without a prototype. */
export const isExactNumber = (value: unknown): value is ExactNumber & Json =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null;
