import { isVisible } from '../../../shared/text.rules.ts';
import { plain } from './shape.rules.ts';

/** The plain values that definitions are made of. */

/** The largest whole number that JSON and JavaScript carry without rounding. */
export const largestWhole = Number.MAX_SAFE_INTEGER;

export const isWhole = (value: unknown, from: number, to: number) =>
  Number.isSafeInteger(value) && Number(value) >= from && Number(value) <= to;
export const matches = (value: unknown, form: RegExp): value is string => typeof value === 'string' && form.test(value);

/** Text that a database can hold and a person can read: from so many characters, of which one can be seen, to so many. */
export function isText(value: unknown, from: number, to: number): boolean {
  if (typeof value !== 'string' || !value.isWellFormed() || /[^\P{Cc}\n\t]/u.test(value)) return false;
  const length = [...value].length;
  return length >= from && length <= to && (from === 0 || isVisible(value));
}

export function isInstant(value: unknown): value is Date {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return false;
  return value.getUTCFullYear() >= 2000 && value.getUTCFullYear() <= 9999;
}

export const isName = (value: unknown): value is string => matches(value, /^[a-z0-9]([a-z0-9-]{1,62}[a-z0-9])$/);
export const isType = (value: unknown) => matches(value, /^[A-Z][A-Za-z0-9]{0,63}$/);

export const text = (from: number, to: number) =>
  plain(
    'text',
    (value) => isText(value, from, to),
    `must be text of ${from === 0 ? 'at most' : `${from} to`} ${to} characters.`,
  );
export const whole = (from: number, to: number) =>
  plain('whole', (value) => isWhole(value, from, to), `must be a whole number from ${from} to ${to}.`);
export const flag = plain('flag', (value) => typeof value === 'boolean', 'must be true or false.');

export function oneOf(...values: readonly string[]) {
  const told = `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
  return plain('one of', (value) => values.some((one) => one === value), `must be ${told}.`);
}

/** Stored in JSON it is text. */
export const instant = {
  ...plain('instant', isInstant, 'must be an instant such as 2026-11-21T09:30:00Z, from the year 2000 on.'),
  settle: (value: unknown) => new Date(value as string | Date),
  inWords: (value: unknown) => (value as Date).toISOString(),
};
