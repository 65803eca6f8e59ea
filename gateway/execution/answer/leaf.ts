import { type GraphQLLeafType, isEnumType, isSpecifiedScalarType } from 'graphql';
import { isExactNumber } from './exactJson.ts';
import type { Json } from './path.ts';

/** The JSON text of a leaf that is not null, or '' when it is not a value of its type. */
export type WriteLeaf = (value: Json) => string;

/** Short strings without anything to escape, by far the most, are written faster than by `JSON.stringify`. */
export function writeText(value: string): string {
  if (value.length > 40) return JSON.stringify(value);
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x20 || code === 0x22 || code === 0x5c || code >= 0xd800) return JSON.stringify(value);
  }
  return `"${value}"`;
}

const writeAny: WriteLeaf = (value) => JSON.stringify(value);
const writeString: WriteLeaf = (value) => (typeof value === 'string' ? writeText(value) : '');
const writeNumber =
  (isValid: (value: number) => boolean): WriteLeaf =>
  (value) => {
    const number = isExactNumber(value) ? Number(value.rawJSON) : value;
    return typeof number === 'number' && isValid(number) ? String(number) : '';
  };
const writeId: WriteLeaf = (value) => {
  if (typeof value === 'string') return writeText(value);
  const digits = isExactNumber(value) ? value.rawJSON : String(value);
  return /^-?\d+$/.test(digits) ? `"${digits}"` : '';
};

const scalars: Record<string, WriteLeaf> = {
  String: writeString,
  Boolean: (value) => (typeof value === 'boolean' ? String(value) : ''),
  Int: writeNumber((value) => (value | 0) === value),
  Float: writeNumber(Number.isFinite),
  ID: writeId,
};

/** Custom scalars pass as they come, long numbers by their text; the values of an enum are those that clients may see. */
export function writerOf(type: GraphQLLeafType): WriteLeaf {
  if (isEnumType(type)) {
    const texts = new Map<Json, string>(type.getValues().map(({ name }) => [name, JSON.stringify(name)]));
    return (value) => texts.get(value) ?? '';
  }
  return isSpecifiedScalarType(type) ? scalars[type.name]! : writeAny;
}
