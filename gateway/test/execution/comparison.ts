import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
  validate,
} from 'graphql';
import { noMeter } from '../../../shared/process/metrics.ts';
import { cacheAnswers } from '../../cache/answerCache.ts';
import { Lookups } from '../../cache/lookups.ts';
import { MemoryCache } from '../../cache/memoryCache.ts';
import { createExecution } from '../../execution/compiled.ts';
import { applyConditions } from '../../execution/plan/operation/conditions.ts';
import type { Execution, Operation, SendToSubgraph } from '../../execution/execution.ts';
import { createApolloExecution } from '../../execution/apollo.ts';
import { type FakeSubgraphs, fakeSubgraphs } from './fakeSubgraphs.ts';
import { type MonolithAnswer, monolithOf } from './monolith.ts';
import { type Subgraphs, compose } from './supergraphs/compose.ts';
import { type Weather, World, fairWeather } from './world.ts';

export const anonymous: Operation['caller'] = { viewer: null, authorization: undefined, requestId: 'test' };

type Ask<Given> = (text: string, variables?: Record<string, unknown>, weather?: Weather) => Promise<Given>;

/** One supergraph under both executions, over the same fake subgraphs, and under graphql-js over the same data. */
export interface Bench {
  apiSchema: GraphQLSchema;
  ours: Ask<Answer>;
  /** Ours over subgraphs whose answers may all be kept, asked twice. */
  keeping: Ask<[first: Answer, second: Answer]>;
  /** Undefined where the executor of @apollo/gateway refuses the supergraph. */
  reference: Ask<Answer>;
  /** The reference without any help. */
  stock: Ask<Answer>;
  monolith: Ask<MonolithAnswer>;
}
export interface Answer extends ExecutionResult {
  requests: FakeSubgraphs['requests'];
  effects: FakeSubgraphs['effects'];
  /** The data as it is written for the client. */
  text: string;
}

export function benchOf(subgraphs: Subgraphs, supergraphSdl = compose(subgraphs)): Bench {
  const world = new World(subgraphs);
  const fakes = fakeSubgraphs(subgraphs, world);
  let current: FakeSubgraphs = fakes(fairWeather);
  const send: FakeSubgraphs['send'] = (request) => current.send(request);
  let labelsOn = 0;
  // Whichever subgraph a label chooses, the answer is the same.
  const isLabelOn = (label: string) => (labelsOn >> (label.length % 2)) % 2 === 1;
  const execution = createExecution(supergraphSdl, send, { isLabelOn });
  let keepingSend = send;
  const keeping = createExecution(supergraphSdl, (request) => keepingSend(request), { isLabelOn });
  const monolith = monolithOf(world, execution.apiSchema);
  let reference: Execution | undefined;
  let stock: Execution | undefined;
  const run =
    (
      choose: () => Execution,
      prepare = (document: DocumentNode, _: Record<string, unknown>) => document,
    ): Ask<Answer> =>
    async (text, given = {}, weather = fairWeather) => {
      const chosen = choose();
      current = fakes(weather);
      labelsOn = weather.seed;
      const asked = parse(text);
      const { requests, effects } = current;
      const variables = coerce(chosen.apiSchema, asked, given);
      const document = prepare(asked, variables);
      const operation = { document, variables, caller: { ...anonymous, requestId: `test ${weather.seed}` } };
      if (getOperationAST(document)!.operation !== 'subscription') {
        const { data, errors } = await chosen.write(operation);
        return { data: JSON.parse(data) as Answer['data'], ...(errors && { errors }), text: data, requests, effects };
      }
      const { service, url, query, variables: sent, complete } = chosen.planSubscription(operation);
      const event = await current.send({
        service,
        url,
        body: JSON.stringify({ query, variables: sent }),
        caller: anonymous,
      });
      const { data, errors } = await complete(event);
      return { data: JSON.parse(data) as Answer['data'], ...(errors && { errors }), text: data, requests, effects };
    };
  return {
    apiSchema: execution.apiSchema,
    ours: run(() => execution),
    async keeping(...asked) {
      const headers = { 'cache-control': ['max-age=60, public'] };
      const lookups = new Lookups(new MemoryCache(10_000_000), noMeter);
      const settings = { lookups, isCached: () => true, longestMs: 60_000 };
      keepingSend = cacheAnswers(async (request) => ({ ...(await send(request)), headers }), supergraphSdl, settings);
      const ask = run(() => keeping);
      return [await ask(...asked), await ask(...asked)];
    },
    stock: run(() => (stock ??= createApolloExecution(supergraphSdl, send))),
    reference: run(
      () => (reference ??= createApolloExecution(supergraphSdl, withoutInterfaceNames(subgraphs, send))),
      applyConditions,
    ),
    monolith: (text, variables = {}, weather = fairWeather) => {
      const document = parse(text);
      return monolith(document, coerce(execution.apiSchema, document, variables), weather);
    },
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
  // What is asked several times fails several times: how often is for the plan to say.
  return {
    data: sorted(data, keys),
    errors: [...new Set(lines)].sort(),
  };
}

/** The planner's own alias, where it renames fields of conflicting types. */
const nameOf = (key: string, keys: Readonly<Record<string, string>>): string =>
  keys[key] ?? key.replace(/__alias_\d+$/, '');

function sorted(value: unknown, keys: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(value)) return value.map((element) => sorted(element, keys));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [keys[key] ?? key, sorted(inner, keys)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
