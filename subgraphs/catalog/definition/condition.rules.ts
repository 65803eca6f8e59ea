import type { Condition } from './definition.rules.ts';
import { list, plain, record } from './shape.rules.ts';
import { isText, isWhole, oneOf } from './values.rules.ts';

/** Conditions on the data of an event: `{ path: match.mode, op: EQ, value: ranked }`. */

const deepest = 8;
const inherited = ['__proto__', 'constructor', 'prototype'];

function isPath(value: unknown): boolean {
  if (!isText(value, 1, 200)) return false;
  const names = (value as string).split('.');
  return names.length <= deepest && names.every((name) => /^\S{1,64}$/u.test(name) && !inherited.includes(name));
}

/** The way to a value in the data of an event. */
export const path = plain(
  'path',
  isPath,
  `must be names of 1 to 64 characters, separated by dots, at most ${deepest}, none of them ${inherited.join(', ')}.`,
);

/** A whole number that is not safe has been rounded on its way already. */
const isNumber = (value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
const isScalar = (value: unknown) =>
  value === null || typeof value === 'boolean' || isNumber(value) || isText(value, 0, 200);

const scalar =
  'must be text of at most 200 characters, true, false, null or a number; write a whole number beyond 9007199254740991 as text.';

/** Numbers are compared by size, texts by their code units. */
const isOrdered = (value: unknown) => isNumber(value) || isText(value, 0, 200);
const ordered = 'must be a number or text of at most 200 characters.';

const values: Record<Condition['op'], [holds: (value: unknown) => boolean, must: string]> = {
  EQ: [isScalar, scalar],
  NE: [isScalar, scalar],
  GT: [isOrdered, ordered],
  GTE: [isOrdered, ordered],
  LT: [isOrdered, ordered],
  LTE: [isOrdered, ordered],
  IN: [
    (value) => Array.isArray(value) && isWhole(value.length, 1, 50) && value.every(isScalar),
    `must be a list of 1 to 50, each of which ${scalar}`,
  ],
  EXISTS: [(value) => value === null || typeof value === 'boolean', 'must be true or false.'],
};

export const conditionFields = {
  path: { shape: path },
  op: { shape: oneOf(...Object.keys(values)) },
  // What it must be, its operator says.
  value: { shape: plain('scalar or list', () => true, ''), initial: null },
} satisfies Record<keyof Condition, unknown>;

const written = record({
  noun: 'a condition',
  members: conditionFields,
  between({ op, value }: Condition, at, said: Partial<Condition>) {
    if (op !== 'EXISTS' && said.value === undefined) return [`${at}.value must be said.`];
    const [holds, must] = values[op];
    return holds(value) ? [] : [`${at}.value ${must}`];
  },
  inWords: ({ path, op, value }: Condition) => `${path} ${op} ${JSON.stringify(value)}`,
});

/** EXISTS alone asks whether it does. */
const condition = {
  ...written,
  settle(value: unknown): Condition {
    const settled = written.settle(value) as Condition;
    return settled.op === 'EXISTS' ? { ...settled, value: settled.value ?? true } : settled;
  },
};

/** All of these must hold. */
export const conditions = list(condition, { from: 0, to: 10 });
