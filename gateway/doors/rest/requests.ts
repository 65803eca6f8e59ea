import type { IncomingMessage } from 'node:http';
import { Refusal } from '../../../shared/errors.ts';
import { HttpRefusal } from '../../../shared/process/http.ts';
import { mediaTypeOf } from '../mediaType.ts';
import { parseJson } from '../http/operationText.ts';
import { type Parameter, idempotencyHeader } from './parameters.ts';
import { type Route, parametersOf } from './routes.ts';

/** A route with what its schema makes of it. */
export interface Endpoint {
  route: Route;
  parameters: readonly Parameter[];
}

/**
 * The variables that a request gives its operation. What GraphQL would not notice is refused here: members that nobody reads, a parameter given
 * twice, text that is no number. Throws BAD_USER_INPUT, or why the body cannot be read.
 */
export async function variablesOf(
  { route, parameters }: Endpoint,
  inPath: readonly string[],
  request: IncomingMessage,
  readText: () => Promise<string>,
): Promise<Record<string, unknown>> {
  const query = new URLSearchParams((request.url ?? '').split('?').slice(1).join('?'));
  const textVariable = textVariableOf(route, request);
  // Beside a body that is one text, all else is in the query.
  const placeOf = (one: Parameter) =>
    one.in === 'body' && textVariable !== undefined && one.name !== textVariable ? 'query' : one.in;
  const places = parameters.map((one) => ({ ...one, place: placeOf(one) }));
  const body = places.some(({ place }) => place === 'body') ? await bodyOf(route, textVariable, request, readText) : {};
  const given: Record<Parameter['in'], Map<string, unknown>> = {
    path: new Map(parametersOf(route.path).map((name, n) => [name, [decoded(inPath[n]!)]])),
    query: new Map([...new Set(query.keys())].map((name) => [name, query.getAll(name)])),
    header: new Map(
      [request.headers[idempotencyHeader]].flatMap((value) => (value ? [['idempotencyKey', [value]]] : [])),
    ),
    body: new Map(Object.entries(body)),
  };
  for (const place of ['query', 'body'] as const) {
    const known = places.filter((one) => one.place === place).map(({ name }) => name);
    const strange = [...given[place].keys()].filter((name) => !known.includes(name) && !route.ignored.includes(name));
    if (strange.length > 0)
      throw new Refusal(
        'BAD_USER_INPUT',
        `${strange[0]!.slice(0, 64)} is not known here; the ${place} may have ${known.join(', ') || 'nothing'}.`,
      );
  }
  const variables: Record<string, unknown> = {};
  for (const { name, place, read, isRequired } of places) {
    const value = given[place].get(name);
    if (value !== undefined) variables[name] = place === 'body' ? value : read(value as readonly string[]);
    else if (isRequired) throw new Refusal('BAD_USER_INPUT', `${name} is missing in the ${place}.`);
  }
  // A stream goes on where the client left it.
  const lastEvent = request.headers['last-event-id'];
  if (route.cursor && typeof lastEvent === 'string' && lastEvent !== '') variables['after'] = lastEvent;
  return variables;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal('BAD_REQUEST', 'The path is not encoded as UTF-8.');
  }
}

/** The variable that the body gives by itself, as text. */
const textVariableOf = ({ textBody }: Route, { headers }: IncomingMessage): string | undefined =>
  textBody.get(mediaTypeOf(headers['content-type'])?.essence ?? '');

/** The members of the body; where a variable takes the whole body, that one. */
async function bodyOf(
  route: Route,
  textVariable: string | undefined,
  request: IncomingMessage,
  readText: () => Promise<string>,
): Promise<Record<string, unknown>> {
  const wanted = route.form ? 'application/x-www-form-urlencoded' : 'application/json';
  const text = await readText();
  if (text === '' && !route.form) return {};
  const type = mediaTypeOf(request.headers['content-type']);
  if (!type?.isUtf8 || (type.essence !== wanted && textVariable === undefined))
    throw new HttpRefusal(415, `The body must be ${[wanted, ...route.textBody.keys()].join(' or ')}, in UTF-8.`);
  if (textVariable !== undefined) return { [textVariable]: text };
  if (route.form) return Object.fromEntries(new URLSearchParams(text));
  const body = parseJson(text);
  if (route.body !== undefined) return { [route.body]: body };
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Refusal('BAD_USER_INPUT', 'The body must be a JSON object.');
  return body as Record<string, unknown>;
}
