import {
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
  typeFromAST,
} from 'graphql';
import { Refusal } from '../../../shared/errors.ts';
import { numberOf } from '../../execution/answer/exactJson.ts';
import { parseJson } from '../http/operationText.ts';
import { type Route, parametersOf } from './routes.ts';

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'body' | 'header';
  type: GraphQLInputType;
  isRequired: boolean;
  /** It is no text, list of texts or number: where it stands in a query, it is JSON. */
  isJson: boolean;
  read: (texts: readonly string[]) => unknown;
}

/** What carries an idempotency key over HTTP, and the variable that takes it. */
const idempotencyKey = 'idempotencyKey';
export const idempotencyHeader = 'idempotency-key';

/**
 * Where each variable of a route's operation comes from: its path, the body where it may have one, else the query. Throws for a variable that
 * has no way in, in words for who wrote the route.
 */
export function parametersFor(route: Route, schema: GraphQLSchema): Parameter[] {
  const { operation, method, path, body } = route;
  const inPath = parametersOf(path);
  const hasBody = method !== 'GET' && method !== 'DELETE';
  return (operation.definition.variableDefinitions ?? []).map(({ variable, type: node, defaultValue }) => {
    const name = variable.name.value;
    const type = typeFromAST(schema, node as never) as GraphQLInputType | undefined;
    if (!type) throw new Error(`${operation.name}: the type of $${name} is not in the schema`);
    const place = inPath.includes(name) ? 'path' : placeOf(name, hasBody, body);
    const isRequired = isNonNullType(type) && defaultValue === undefined;
    const isJson = isInputObjectType(getNamedType(type));
    if (isJson && place !== 'body' && place !== 'query')
      throw new Error(`${operation.name}: $${name} takes an object, which no ${place} can say`);
    return { name, in: place, type, isRequired, isJson, read: isJson ? jsonReader(name) : readerOf(type, name) };
  });
}

function placeOf(name: string, hasBody: boolean, body: string | undefined): Parameter['in'] {
  if (name === idempotencyKey) return 'header';
  if (!hasBody) return 'query';
  return body === undefined || body === name ? 'body' : 'query';
}

function single(values: readonly string[], name: string): string {
  if (values.length > 1) throw new Refusal('BAD_USER_INPUT', `${name} was given ${values.length} times.`);
  return values[0] ?? '';
}

const jsonReader =
  (name: string): Parameter['read'] =>
  (values) => {
    try {
      return parseJson(single(values, name));
    } catch {
      throw new Refusal('BAD_USER_INPUT', `${name} must be JSON.`);
    }
  };

/** Reads a value of this type from texts. */
function readerOf(type: GraphQLInputType, name: string): Parameter['read'] {
  if (isNonNullType(type)) return readerOf(type.ofType, name);
  if (isListType(type)) {
    const readOne = readerOf(type.ofType as GraphQLInputType, name);
    return (values) => values.map((text) => readOne([text]));
  }
  const readText = isScalarType(type) ? texts[type.name] : undefined;
  return (values) => {
    const value = single(values, name);
    if (!readText) return value;
    const read = readText.read(value);
    if (read === undefined) throw new Refusal('BAD_USER_INPUT', `${name} must be ${readText.words}.`);
    return read;
  };
}

const whole = (text: string) => {
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(number) ? number : undefined;
};
/** However large: who has the type says how large its numbers may be. */
const exactWhole = (text: string) => (/^-?\d{1,40}$/.test(text) ? numberOf(String(BigInt(text))) : undefined);
const finite = (text: string) => {
  const number = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  return Number.isFinite(number) ? number : undefined;
};
/** Scalars that are no texts in JSON. */
const texts: Record<string, { words: string; read(text: string): unknown } | undefined> = {
  Int: { words: 'a whole number', read: whole },
  Long: { words: 'a whole number', read: exactWhole },
  Float: { words: 'a number within the range of a double', read: finite },
  Boolean: { words: 'true or false', read: (text) => ({ true: true, false: false })[text] },
};
