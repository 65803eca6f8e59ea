import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
  validate,
} from 'graphql';
import { createExecution } from '../../execution/compiled.ts';
import type { Execution, Operation, SendToSubgraph } from '../../execution/execution.ts';
import { createApolloExecution } from '../../execution/apollo.ts';
import { type FakeSubgraphs, type Weather, fairWeather, fakeSubgraphs } from './fakeSubgraphs.ts';
import { type Subgraphs, compose } from './supergraphs.ts';

export const anonymous: Operation['caller'] = { viewer: null, authorization: undefined, requestId: 'test' };

/** One supergraph under both executions, over the same fake subgraphs. */
export interface Bench {
  apiSchema: GraphQLSchema;
  ours(text: string, variables?: Record<string, unknown>, weather?: Weather): Promise<Answer>;
  reference(text: string, variables?: Record<string, unknown>, weather?: Weather): Promise<Answer>;
  /** The reference without any help. */
  stock(text: string): Promise<Answer>;
}
export interface Answer extends ExecutionResult {
  requests: FakeSubgraphs['requests'];
}

export function benchOf(subgraphs: Subgraphs, supergraphSdl = compose(subgraphs)): Bench {
  const fakes = fakeSubgraphs(subgraphs);
  let current: FakeSubgraphs = fakes(fairWeather);
  const send: FakeSubgraphs['send'] = (request) => current.send(request);
  const execution = createExecution(supergraphSdl, send);
  let reference: Execution | undefined;
  const run = async (
    chosen: Execution,
    text: string,
    variables: Record<string, unknown>,
    weather: Weather,
  ): Promise<Answer> => {
    current = fakes(weather);
    const document = parse(text);
    const { requests } = current;
    return {
      ...(await chosen.execute({
        document,
        variables: coerce(chosen.apiSchema, document, variables),
        caller: anonymous,
      })),
      requests,
    };
  };
  return {
    stock: (text) => run(createApolloExecution(supergraphSdl, send), text, {}, fairWeather),
    apiSchema: execution.apiSchema,
    ours: (text, variables = {}, weather = fairWeather) => run(execution, text, variables, weather),
    reference: (text, variables = {}, weather = fairWeather) =>
      run(
        (reference ??= createApolloExecution(supergraphSdl, withoutInterfaceNames(subgraphs, send))),
        text,
        variables,
        weather,
      ),
  };
}

/**
 * The stock executor lets the name that an `@interfaceObject` answers with replace the type that it knew, and then leaves out what was
 * asked of that type. Without the name in the answer it does right.
 */
function withoutInterfaceNames(subgraphs: Subgraphs, send: SendToSubgraph): SendToSubgraph {
  const names = new Set(
    [
      ...Object.values(subgraphs)
        .join('')
        .matchAll(/type (\w+)[^{]*@interfaceObject/g),
    ].map(([, name]) => name),
  );
  return async (request) => {
    const answer = await send(request);
    for (const entity of (answer.data?.['_entities'] as Record<string, unknown>[] | undefined) ?? [])
      if (entity && names.has(entity['__typename'] as string)) delete entity['__typename'];
    return answer;
  };
}

function coerce(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Record<string, unknown>,
): Record<string, unknown> {
  const { coerced, errors } = getVariableValues(
    schema,
    getOperationAST(document)!.variableDefinitions ?? [],
    variables,
  );
  if (errors) throw errors[0]!;
  return { ...coerced };
}

export const isValid = (schema: GraphQLSchema, text: string): boolean => validate(schema, parse(text)).length === 0;

/** What two answers must have in common: the data, and where errors are and of which code. `keys` gives response keys their final names. */
export function essence(
  { data, errors }: ExecutionResult,
  keys: Readonly<Record<string, string>> = {},
): { data: unknown; errors: string[] } {
  const lines = (errors ?? []).map(({ path, extensions }) => {
    const code = extensions['code'] === 'INVALID_GRAPHQL' ? 'INTERNAL_SERVER_ERROR' : String(extensions['code']);
    const place = path?.map((element) => (typeof element === 'string' ? nameOf(element, keys) : element)).join('.');
    return `${place ?? 'the request'}: ${code}`;
  });
  // One request that fails is one error, however many fetches of the plan it stood for.
  return {
    data: sorted(data, keys),
    errors: [...lines.filter((line) => !isUnplaced(line)), ...new Set(lines.filter(isUnplaced))].sort(),
  };
}

const isUnplaced = (line: string): boolean => line.startsWith('the request');
/** The planner's own alias, where it renames fields of conflicting types. */
const nameOf = (key: string, keys: Readonly<Record<string, string>>): string =>
  keys[key] ?? key.replace(/__alias_\d+$/, '');

function sorted(value: unknown, keys: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(value)) return value.map((element) => sorted(element, keys));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [keys[key] ?? key, sorted(inner, keys)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
