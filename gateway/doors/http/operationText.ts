import type { IncomingMessage } from 'node:http';
import type { OperationText } from '../../answerOperation.ts';
import { Refusal } from '../../../shared/errors.ts';
import { HttpRefusal } from '../../../shared/process/http.ts';
import { mediaTypeOf } from '../mediaType.ts';
import { parseExact } from '../../execution/answer/exactJson.ts';

/** Reads what JSON has become. Throws BAD_REQUEST where a member has another type than GraphQL over HTTP gives it. */
export function operationIn(body: unknown): OperationText {
  if (Array.isArray(body)) throw new Refusal('BAD_REQUEST', 'Batches are not accepted: send one operation a request.');
  if (!isMap(body)) throw new Refusal('BAD_REQUEST', 'The request body must be a map with a `query`.');
  const { query, operationName, variables, extensions } = body;
  if (!isAbsent(query) && typeof query !== 'string') throw new Refusal('BAD_REQUEST', 'The `query` must be text.');
  if (!isAbsent(operationName) && typeof operationName !== 'string')
    throw new Refusal('BAD_REQUEST', 'The `operationName` must be text.');
  if (!isAbsent(variables) && !isMap(variables)) throw new Refusal('BAD_REQUEST', 'The `variables` must be a map.');
  if (!isAbsent(extensions) && !isMap(extensions)) throw new Refusal('BAD_REQUEST', 'The `extensions` must be a map.');
  return { query, operationName, variables, extensions };
}

/** The same from the address of a GET: everything after its first question mark. */
export function operationInAddress(url: string): OperationText {
  const start = url.indexOf('?');
  const parameters = new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
  const [query, operationName, variables, extensions] = names.map((name) => {
    const [value, ...more] = parameters.getAll(name);
    if (more.length > 0) throw new Refusal('BAD_REQUEST', `The parameter ${name} may be given only once.`);
    return value || undefined;
  });
  return operationIn({
    query,
    operationName,
    variables: variables && parseJson(variables),
    extensions: extensions && parseJson(extensions),
  });
}

/** JSON text, with or without a byte order mark; numbers that a double would change are exact. */
export function parseJson(text: string): unknown {
  try {
    return parseExact(text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text);
  } catch {
    throw new Refusal('BAD_REQUEST', 'The request is not valid JSON.');
  }
}

/** What makes a browser ask for permission first, so that no page of another origin can send it unasked. */
const preflighted = ['apollo-require-preflight', 'x-apollo-operation-name'];

/** Refuses what any web page may send without asking, and bodies that are not JSON in UTF-8. */
export function refuseForm({ method, headers }: IncomingMessage): void {
  const given = headers['content-type'];
  const type = given === undefined ? undefined : mediaTypeOf(given);
  if (method === 'GET') {
    if (given !== undefined && type?.essence !== json)
      throw new HttpRefusal(415, `A GET has no body; leave content-type out, or send ${json}.`);
    if (given === undefined && !preflighted.some((name) => headers[name]))
      throw new HttpRefusal(400, `A GET needs one of the headers ${preflighted.join(', ')}, or content-type: ${json}.`);
  } else if (type?.essence !== json) throw new HttpRefusal(400, `The request needs the header content-type: ${json}.`);
  if (type && !type.isUtf8) throw new HttpRefusal(415, 'The request body must be in UTF-8.');
}

const names = ['query', 'operationName', 'variables', 'extensions'];
const json = 'application/json';
const byteOrderMark = 0xfeff;
const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
