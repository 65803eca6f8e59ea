import { isDeepStrictEqual } from 'node:util';
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  Kind,
  type SelectionNode,
  getOperationAST,
  getVariableValues,
  parse,
  print,
  visit,
} from 'graphql';
import { createExecution } from '../../execution/compiled.ts';
import { isExactNumber, parseExact } from '../../execution/answer/exactJson.ts';
import type { Delivery } from '../../execution/execution.ts';
import { anonymous, essence } from './comparison.ts';
import type { Difference } from './differences.ts';
import type { RandomOperation } from './operations.ts';
import { type FakeSubgraphs, fakeSubgraphs } from './fakeSubgraphs.ts';
import { type Subgraphs, compose } from './supergraphs/compose.ts';
import { type Weather, World } from './world.ts';

const defer: ConstDirectiveNode = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: 'defer' } };

/** The operation with `@defer` on some of its fragments, and on fragments of its own around some of its fields. */
export function withDefers(text: string, seed: number): string {
  let count = seed;
  const isChosen = () => (count = (count * 1103515245 + 12345) % 2 ** 31) % 100 < 35;
  const marked = <Node extends SelectionNode>(node: Node): Node =>
    isChosen() ? { ...node, directives: [...(node.directives ?? []), defer] } : node;
  return print(
    visit(parse(text), {
      InlineFragment: { leave: marked },
      FragmentSpread: { leave: marked },
      SelectionSet: {
        leave(set) {
          if (set.selections.length < 2 || !isChosen()) return undefined;
          const half = Math.ceil(set.selections.length / 2);
          const selectionSet = { ...set, selections: set.selections.slice(half) };
          const later: SelectionNode = { kind: Kind.INLINE_FRAGMENT, directives: [defer], selectionSet };
          return { ...set, selections: [...set.selections.slice(0, half), later] };
        },
      },
    }),
  );
}

export interface InParts {
  whole: ExecutionResult;
  first: ExecutionResult;
  merged: ExecutionResult;
  deliveries: Delivery[];
  /** A part could not be answered, so that the whole would have been null further up. */
  isBroken: boolean;
}

/** Answers operations both whole and in parts, over the same fake subgraphs. */
export function deferringBench(subgraphs: Subgraphs) {
  const fakes = fakeSubgraphs(subgraphs, new World(subgraphs));
  let current: FakeSubgraphs;
  const isLabelOn = (label: string) => label.length % 2 === 1;
  const execution = createExecution(compose(subgraphs), (request) => current.send(request), { defer: true, isLabelOn });
  const ask = async (text: string, given: Record<string, unknown>, weather: Weather): Promise<InParts> => {
    const document: DocumentNode = parse(text);
    const definitions = getOperationAST(document)!.variableDefinitions ?? [];
    const variables = { ...getVariableValues(execution.apiSchema, definitions, given).coerced };
    const operation = { document, variables, caller: { ...anonymous, requestId: `test ${weather.seed}` } };
    current = fakes(weather);
    const whole = await execution.execute(operation);
    current = fakes(weather);
    const { data: text0, errors, deliveries: stream } = await execution.writeInParts(operation);
    const first = { data: parseExact(text0) as Record<string, unknown> | null, ...(errors && { errors }) };
    const merged = { data: parseExact(text0) as Record<string, unknown> | null, errors: [...(errors ?? [])] };
    const deliveries: Delivery[] = [];
    let isBroken = false;
    for await (const delivery of stream) {
      deliveries.push(delivery);
      for (const { path, data, errors: more } of delivery.parts) {
        merged.errors.push(...(more ?? []));
        const part = parseExact(data);
        isBroken ||= part === null;
        const place = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], merged.data);
        if (part !== null) deepMerge(place as Record<string, unknown>, part as Record<string, unknown>);
      }
    }
    return { whole, first, merged, deliveries, isBroken };
  };
  return { apiSchema: execution.apiSchema, ask };
}

/** What of several forbidden nulls took away the object around them depends on their order: so each error counts at the null that is seen. */
export function essenceAtNulls({ data, errors = [] }: ExecutionResult): ReturnType<typeof essence> {
  const seen = (path: NonNullable<GraphQLError['path']>) => {
    let value: unknown = data;
    const end = path.findIndex((key) => {
      value = (value as Record<string, unknown> | null | undefined)?.[key];
      return value === null || value === undefined;
    });
    return end < 0 ? path : path.slice(0, end + 1);
  };
  const cut = ({ message, path, extensions }: GraphQLError) =>
    new GraphQLError(message, { extensions, ...(path && { path: seen(path) }) });
  return essence({ data: data ?? null, errors: errors.map(cut) });
}

/** Where all parts of an operation's answer together are not its whole answer; null that a part stands for may be further up in the whole. */
export async function differenceInParts(
  { ask }: ReturnType<typeof deferringBench>,
  { text, variables }: RandomOperation,
  weather: Weather,
): Promise<Difference | undefined> {
  if (getOperationAST(parse(text))!.operation !== 'query') return undefined;
  const divided = withDefers(text, weather.seed);
  const { whole, merged, isBroken } = await ask(divided, variables, weather);
  const [given, expected] = [essenceAtNulls(merged), essenceAtNulls(whole)];
  const isSame = isBroken || isDeepStrictEqual(given, expected);
  return isSame ? undefined : { text: divided, variables, weather, given, expected };
}

function deepMerge(target: Record<string, unknown>, source: Record<string, unknown>): void {
  for (const [key, given] of Object.entries(source)) {
    const present = target[key];
    const areObjects = [given, present].every(
      (each) => typeof each === 'object' && each !== null && !isExactNumber(each),
    );
    if (areObjects) deepMerge(present as Record<string, unknown>, given as Record<string, unknown>);
    else target[key] = given;
  }
}
