import { type GraphQLLeafType, isEnumType, isSpecifiedScalarType } from 'graphql';
import type { Json } from './path.ts';

/** The JSON text of a leaf that is not null, or '' when it is not a value of its type. */
export type WriteLeaf = (value: Json) => string;

const writeAny: WriteLeaf = (value) => JSON.stringify(value);
const writeString: WriteLeaf = (value) => (typeof value === 'string' ? JSON.stringify(value) : '');
const writeNumber =
  (isValid: (value: number) => boolean): WriteLeaf =>
  (value) =>
    typeof value === 'number' && isValid(value) ? String(value) : '';

const scalars: Record<string, WriteLeaf> = {
  String: writeString,
  Boolean: (value) => (typeof value === 'boolean' ? String(value) : ''),
  Int: writeNumber(Number.isInteger),
  Float: writeNumber(Number.isFinite),
  ID: (value) => (typeof value === 'string' ? JSON.stringify(value) : Number.isInteger(value) ? String(value) : ''),
};

/** Custom scalars pass as they come; the values of an enum are those that clients may see. */
export function writerOf(type: GraphQLLeafType): WriteLeaf {
  if (isEnumType(type)) {
    const texts = new Map<Json, string>(type.getValues().map(({ name }) => [name, JSON.stringify(name)]));
    return (value) => texts.get(value) ?? '';
  }
  return isSpecifiedScalarType(type) ? scalars[type.name]! : writeAny;
}
