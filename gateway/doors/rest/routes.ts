import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LineCounter, isMap, isScalar, parseDocument } from 'yaml';
import { StartRefusal } from '../../../shared/process/environment.ts';
import type { NamedOperation } from '../../operations/operationFolder.ts';

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof methods)[number];

/** How one named operation is called over REST. */
export interface Route {
  operation: NamedOperation;
  method: Method;
  /** As it is written: `/api/v1/quests/{quest_id}`. */
  path: string;
  /** Of a success. */
  status: number;
  /** The member of `data` that is the answer, by response keys. */
  answer: readonly string[];
  /** Where the answer's connection has its pageInfo; a further page is told in the header `Link`. */
  page: readonly string[] | undefined;
  /** Members that the answer gets beside what the operation selects: copies from inside it, and constants. */
  copies: Readonly<Record<string, readonly string[]>>;
  constants: Readonly<Record<string, unknown>>;
  /** The variable that takes the whole JSON body; absent: its members are variables. */
  body: string | undefined;
  /** Media types as which the answer, a text, is written by itself where a client asks for one of them. */
  text: readonly string[];
  /** The variable that such a body gives by itself, by media type; the other variables are in the query then. */
  textBody: ReadonlyMap<string, string>;
  /** The body is a form (application/x-www-form-urlencoded) as OAuth 2 has it, and so are errors. */
  form: boolean;
  /** Members of the body and query parameters that are read over. */
  ignored: readonly string[];
  /** A name and password by `Authorization: Basic` will do. */
  basic: boolean;
  /** It is about the caller: who shows nothing gets 401. */
  signedIn: boolean;
  /** Where an event of a subscription has the cursor by which it resumes. */
  cursor: readonly string[] | undefined;
}

const settings = [
  'rest',
  'answer',
  'page',
  'copies',
  'constants',
  'body',
  'text',
  'textBody',
  'form',
  'ignored',
  'basic',
  'signedIn',
  'cursor',
  'status',
];

/** The routes of `FOLDER/rest.yaml`; none when there is no such file. Throws a StartRefusal with every fault and its line. */
export function readRoutes(folder: string, operations: ReadonlyMap<string, NamedOperation>): Route[] {
  const file = join(folder, 'rest.yaml');
  if (!existsSync(file)) return [];
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  const faults: string[] = document.errors.map(({ linePos, code }) => `line ${linePos?.[0].line ?? 1}: ${code}`);
  const routes: Route[] = [];
  const taken = new Map<string, string>();
  for (const pair of isMap(document.contents) ? document.contents.items : []) {
    const name = String(isScalar(pair.key) ? pair.key.value : pair.key);
    const line = lines.linePos((isScalar(pair.key) && pair.key.range?.[0]) || 0).line;
    const value = (document.toJS() as Record<string, unknown>)[name];
    const fault = (sentence: string) => void faults.push(`line ${line}: ${name} ${sentence}`);
    const operation = operations.get(name);
    if (!operation) {
      fault('is no operation of this folder');
      continue;
    }
    const route = routeOf(operation, value, fault);
    if (!route) continue;
    const place = `${route.method} ${route.path.replaceAll(/\{[^}]*\}/g, '{}')}`;
    if (taken.has(place)) fault(`has the address of ${taken.get(place)}`);
    taken.set(place, name);
    routes.push(route);
  }
  if (faults.length > 0) throw new StartRefusal(`${file}: ${faults.join('; ')}.`, 'Correct these lines.');
  return routes;
}

function routeOf(operation: NamedOperation, value: unknown, fault: (sentence: string) => void): Route | undefined {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const unknown = Object.keys(given).filter((key) => !settings.includes(key));
  if (unknown.length > 0) return fault(`has ${unknown.join(', ')}, and may have ${settings.join(', ')}`) as undefined;
  const address = /^([A-Z]+) (\/[\w\-./:{}]*)$/.exec(text(given['rest']));
  const method = methods.find((one) => one === address?.[1]);
  if (!address || !method) return fault('needs rest: METHOD /path, such as GET /api/v1/quests/{id}') as undefined;
  const variables = (operation.definition.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  const strange = parametersOf(address[2]!).filter((one) => !variables.includes(one));
  if (strange.length > 0) return fault(`has no variable ${strange.join(', ')} that its path names`) as undefined;
  const body = given['body'] === undefined ? undefined : text(given['body']);
  if (body !== undefined && !variables.includes(body))
    return fault(`has no variable ${body} for its body`) as undefined;
  const textBody = new Map(
    Object.entries(given['textBody'] ?? {}).flatMap(([variable, types]) =>
      texts(types).map((type): [string, string] => [type, variable]),
    ),
  );
  const unread = [...textBody.values()].find((one) => !variables.includes(one));
  if (unread !== undefined) return fault(`has no variable ${unread} for its body`) as undefined;
  if (given['answer'] === undefined) return fault('needs answer: the member of its data that is answered') as undefined;
  if (operation.definition.operation !== 'query' && method === 'GET' && given['cursor'] === undefined)
    return fault('changes something, and GET must not') as undefined;
  return {
    ...{ operation, method, path: address[2]!, body },
    status: typeof given['status'] === 'number' ? given['status'] : 200,
    answer: keys(given['answer']),
    page: given['page'] === undefined ? undefined : keys(given['page']),
    copies: Object.fromEntries(Object.entries(given['copies'] ?? {}).map(([key, path]) => [key, keys(path)])),
    constants: (given['constants'] ?? {}) as Record<string, unknown>,
    text: texts(given['text']),
    textBody,
    form: given['form'] === true,
    ignored: texts(given['ignored']),
    basic: given['basic'] === true,
    signedIn: given['signedIn'] === true,
    cursor: given['cursor'] === undefined ? undefined : keys(given['cursor']),
  };
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
const keys = (value: unknown) => text(value).split('.').filter(Boolean);

/** The names in braces of a path. */
export const parametersOf = (path: string): string[] => [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name!);

/** Which routes a request's path fits, and the texts that stand in place of its parameters. Literal segments go before parameters. */
export function openRouter(
  routes: readonly Route[],
): (path: string) => { routes: Route[]; parameters: string[] } | undefined {
  const shapes = Map.groupBy(routes, ({ path }) => path.replaceAll(/\{[^}]*\}/g, '{}'));
  const bySpecificity = [...shapes]
    .sort(([one], [other]) => (one > other ? 1 : -1))
    .map(([shape, group]) => {
      const form = shape
        .split('{}')
        .map((part) => part.replaceAll(/[.\-/]/g, '\\$&'))
        .join('([^/]+)');
      return { form: new RegExp(`^${form}$`), group };
    });
  return (path) => {
    for (const { form, group } of bySpecificity) {
      const found = form.exec(path);
      if (found) return { routes: group, parameters: found.slice(1) };
    }
    return undefined;
  };
}
