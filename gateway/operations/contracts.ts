import { type GraphQLSchema } from 'graphql';
import { openApiOf } from '../doors/rest/openApi.ts';
import { parametersFor } from '../doors/rest/parameters.ts';
import { serviceOf } from '../doors/grpc/grpcDoor.ts';
import { printProto } from '../doors/grpc/proto/proto.ts';
import { type Operations, checkOperations } from './operations.ts';

/** What clients of the named operations rely on, as text of files: name to content. */
export function contractsOf(
  operations: Operations,
  schema: GraphQLSchema,
): { openApi: string; proto?: string; lock?: string } {
  checkOperations(operations, schema);
  const endpoints = operations.routes.map((route) => ({ route, parameters: parametersFor(route, schema) }));
  const openApi = `${JSON.stringify(openApiOf(endpoints, schema), null, 2)}\n`;
  if (!operations.grpc) return { openApi };
  const { proto, lock } = serviceOf(operations.grpc, [...operations.byName.values()], schema);
  return { openApi, proto: printProto(proto), lock: `${JSON.stringify(lock, null, 2)}\n` };
}

type Json = { [key: string]: Json } | Json[] | string | number | boolean | null;
const members = (value: Json | undefined): Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/**
 * Every way in which the new OpenAPI document breaks clients of the old one, as sentences: what they call is gone or takes more than before, what
 * they read is gone, may be null now, or has another type.
 */
export function breaksOf(before: Json, after: Json): string[] {
  const said: string[] = [];
  for (const [path, methods] of Object.entries(members(members(before)['paths'])))
    for (const [method, old] of Object.entries(members(methods))) {
      const place = `${method.toUpperCase()} ${path}`;
      const next = members(members(members(after)['paths'])[path])[method];
      if (!next) said.push(`${place} is gone.`);
      else said.push(...breaksOfOperation(place, members(old), members(next), { before, after }));
    }
  return said;
}

interface Documents {
  before: Json;
  after: Json;
}

function breaksOfOperation(
  place: string,
  old: Record<string, Json>,
  next: Record<string, Json>,
  documents: Documents,
): string[] {
  const keyOf = (parameter: Json) => `${String(members(parameter)['in'])} ${String(members(parameter)['name'])}`;
  const known = new Map(list(old['parameters']).map((one) => [keyOf(one), members(one)]));
  const given = new Map(list(next['parameters']).map((one) => [keyOf(one), members(one)]));
  const said = [...known.keys()].filter((key) => !given.has(key)).map((key) => `${place} takes no ${key} any more.`);
  for (const [key, { required }] of given)
    if (required === true && known.get(key)?.['required'] !== true) said.push(`${place} demands ${key} now.`);
  const body = (operation: Record<string, Json>) => bodySchema(members(operation['requestBody']));
  said.push(
    ...breaksOfSchema(`${place} takes`, body(next), body(old), { before: documents.after, after: documents.before }),
  );
  for (const [status, response] of Object.entries(members(old['responses'])))
    if (status !== 'default') {
      const now = members(next['responses'])[status];
      if (!now) said.push(`${place} answers ${status} no more.`);
      else
        said.push(
          ...breaksOfSchema(`${place} answers`, bodySchema(members(response)), bodySchema(members(now)), documents),
        );
    }
  return said;
}

const bodySchema = (holder: Record<string, Json>): Json =>
  members(Object.values(members(holder['content']))[0])['schema'] ?? null;

/** Is everything that `wanted` promises still true of `found`? For what clients send, the two change places. */
function breaksOfSchema(place: string, wanted: Json, found: Json, { before, after }: Documents, depth = 0): string[] {
  const old = resolved(wanted, before);
  const next = resolved(found, after);
  if (depth > 12 || Object.keys(old).length === 0) return [];
  if (Object.keys(next).length === 0) return [`${place} is gone.`];
  const types = (schema: Record<string, Json>) => [schema['type']].flat().map(String);
  const more = types(next).filter((type) => !types(old).includes(type));
  if (more.length > 0) return [`${place} may be ${more.join(' or ')} now.`];
  const inside = Object.entries(members(old['properties'])).flatMap(([name, property]) => {
    const isPromised = list(old['required']).includes(name);
    const now = members(next['properties'])[name];
    if (now === undefined) return [`${place} ${name} no more.`];
    if (isPromised && !list(next['required']).includes(name)) return [`${place} ${name} not always.`];
    return breaksOfSchema(`${place} ${name}, which`, property, now, { before, after }, depth + 1);
  });
  return [
    ...inside,
    ...breaksOfSchema(
      `${place} a list whose members`,
      old['items'] ?? null,
      next['items'] ?? null,
      { before, after },
      depth + 1,
    ),
  ];
}

function resolved(schema: Json, document: Json): Record<string, Json> {
  const reference = members(schema)['$ref'];
  if (typeof reference !== 'string') return members(schema);
  return reference
    .slice(2)
    .split('/')
    .reduce((place, key) => members(place[key]), members(document));
}
