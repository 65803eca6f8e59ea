import { isDeepStrictEqual } from 'node:util';
import { parse, print } from 'graphql';
import { applyConditions, placeholderKey } from '../../execution/plan/operation/conditions.ts';
import type { Answer, Bench } from './comparison.ts';
import { essence, isValid } from './comparison.ts';
import type { RandomOperation } from './operations.ts';
import type { Weather } from './world.ts';

/**
 * Where ours differs from the executor of @apollo/gateway on purpose. In all of these ours agrees with graphql-js over the same data, as far
 * as that oracle can say; each line names the code that allows for the difference.
 */
export const decisions = {
  /** `withoutInterfaceNames`: Apollo lets the name that an `@interfaceObject` answers with replace the type that is known. */
  interfaceName: 'the name of an interface object does not replace the type of an object',
  /** `collisions`: Apollo's planner takes a client's alias for a key or a required field of that name. */
  alias: 'an alias is never mistaken for a field that the planner needs',
  /** `alwaysAliased`: Apollo's planner feeds a required field with arguments from a client's field of that name. */
  requiredArguments: 'a required field with arguments has a response key of its own',
  /** `reference` in comparison.ts: Apollo's planner puts a condition on a whole fetch where only some of its fields have it. */
  condition: 'a condition is about what it stands at, and nothing else',
  /** `isQuiet`: Apollo tells of no forbidden null once any subgraph has reported an error. */
  forbiddenNull: 'a forbidden null without an error that explains it is an error',
  /** `essence`: Apollo sends more fetches for the same, and reports an error as often as it was answered. */
  asOftenAsAsked: 'an error at a place counts once',
  /** `isUnnamed`: Apollo makes an object null in silence where its type is asked for and nobody says it. */
  typeName: 'an object whose type is asked for and not known is an error',
  /** `isFirst`: Apollo goes on to report errors inside what a forbidden null has taken away. */
  firstNull: 'only the first forbidden null of what is lost by it is told',
  /** `isMiscounted`: Apollo gives an error the wrong index where some entities of a list were not sent. */
  errorIndex: 'an error stands at the entity that it is about',
  /** `beyondReference`: what Apollo's executor refuses, or merges at the wrong place, is held by the other oracle alone. */
  refused: 'contexts, labels, fields of root types inside answers, and 64-bit numbers are served',
} as const;

/** The supergraphs that Apollo's executor refuses or answers wrongly, each with its decision. */
export const beyondReference: Readonly<Record<string, keyof typeof decisions>> = {
  'fields of type Query in answers': 'refused',
  'payloads of mutations that reach Query': 'refused',
  'payloads that reach Mutation, under nullable parents': 'refused',
  'contexts of the own subgraph': 'refused',
  'contexts that another subgraph provides': 'refused',
  'contexts of several types': 'refused',
  'progressive overrides': 'refused',
  'subscriptions whose payload reaches Query': 'refused',
  '64-bit keys and numbers': 'refused',
};

/** Fields that the stock planner takes for its own when the client asks for them by name. */
export const alwaysAliased: Readonly<Record<string, ReadonlySet<string>>> = {
  'requires, also nested and with arguments': new Set(['price']),
};

export interface Difference {
  text: string;
  variables: Record<string, unknown>;
  weather: Weather;
  given: unknown;
  expected: unknown;
}

/** Compares with graphql-js over the same data; for weathers in which nothing fails. */
export async function differenceFromMonolith(
  bench: Bench,
  { text, variables, collisions }: RandomOperation,
  weather: Weather,
): Promise<Difference | undefined> {
  const colliding = text.replace(/\bzq\d+(?=:)/g, (alias) => collisions[alias] ?? alias);
  for (const each of new Set([text, colliding])) {
    if (!isValid(bench.apiSchema, each)) continue;
    const expected = await bench.monolith(each, variables, weather);
    const { text: data, errors, effects } = await bench.ours(each, variables, weather);
    const places = (errors ?? []).map(({ path }) => (path ?? []).join('.')).sort();
    const given = { data, places, effects: comparableEffects(each, effects) };
    const wanted = { ...expected, effects: comparableEffects(each, expected.effects) };
    if (!isDeepStrictEqual(given, wanted)) return { text: each, variables, weather, given, expected: wanted };
  }
  return undefined;
}

/** The fields at the root of a mutation have an order; those inside its answer have none. */
const comparableEffects = (text: string, effects: readonly string[]): string[] =>
  /^mutation.*(mutation|orders|users|maybe) \{/s.test(text) ? [...effects].sort() : [...effects];

/** Compares with ours where everything is asked for each time; for weathers in which nothing fails. */
export async function differenceFromKept(
  bench: Bench,
  { text, variables }: RandomOperation,
  weather: Weather,
): Promise<Difference | undefined> {
  if (!text.startsWith('query')) return undefined;
  const comparableTo = ({ text: data, errors }: Answer) => ({
    data,
    places: (errors ?? []).map(({ path }) => (path ?? []).join('.')).sort(),
  });
  const expected = comparableTo(await bench.ours(text, variables, weather));
  const answers = await bench.keeping(text, variables, weather);
  for (const answer of answers) {
    const given = comparableTo(answer);
    if (!isDeepStrictEqual(given, expected)) return { text, variables, weather, given, expected };
  }
  // What is null is asked for again; where nothing is, nothing is asked.
  const asked = answers[1].requests.map(({ body }) => body);
  return asked.length > 0 && weather.nulls === 0 ? { text, variables, weather, given: asked, expected: [] } : undefined;
}

/** Compares with Apollo's executor over the same subgraphs. */
export async function differenceFromReference(
  bench: Bench,
  { text, variables, collisions }: RandomOperation,
  weather: Weather,
): Promise<Difference | undefined> {
  // Where everything was skipped, ours asks for nothing in its place, and the reference has to ask for a type name.
  if (print(applyConditions(parse(text), variables)).includes(placeholderKey)) return undefined;
  const expected = await bench.reference(text, variables, weather);
  const compare = (asked: string, answer: Answer, keys: Readonly<Record<string, string>> = {}) => {
    const [given, wanted] = comparable(answer, expected, keys);
    return isDeepStrictEqual(given, wanted) ? undefined : { text: asked, variables, weather, given, expected: wanted };
  };
  const plain = compare(text, await bench.ours(text, variables, weather));
  if (plain) return plain;
  // The stock planner mixes up an alias with a field of that name; ours must answer as if the alias were another.
  const unique = distinct(collisions, text);
  const colliding = text.replace(/\bzq\d+(?=:)/g, (alias) => unique[alias] ?? alias);
  if (colliding === text || !isValid(bench.apiSchema, colliding)) return undefined;
  return compare(colliding, await bench.ours(colliding, variables, weather), unique);
}

function comparable(given: Answer, expected: Answer, keys: Readonly<Record<string, string>>): [unknown, unknown] {
  const isMisfit = (line: string) => line.endsWith('INTERNAL_SERVER_ERROR');
  const { data, errors } = essence(expected, keys);
  const ours = essence(given);
  // The stock executor keeps quiet about a forbidden null once any subgraph has reported an error, wherever that was.
  const isQuiet = errors.length > 0 && !errors.some(isMisfit);
  const told = ours.errors.filter((line) => !(isQuiet || isUnnamed(given, line)) || !isMisfit(line));
  // It also counts entities wrongly where some of a list were not sent: then only the fields agree, and ours must stand where something is missing.
  const isMiscounted =
    told.join() !== errors.join() && (given.errors ?? []).every(({ path }) => !path || isLackingAt(given.data, path));
  const counted = isMiscounted
    ? (lines: string[]) => [...new Set(lines.map((line) => line.replace(/\.\d+(?=[.:])/g, '.@')))].sort()
    : (lines: string[]) => lines;
  // A forbidden null is told once; what lies beside it in what is lost is not looked at.
  const [mine, theirs] = [counted(told), counted(errors)];
  const isFirst = mine.every((line) => theirs.includes(line));
  const kept = theirs.filter(
    (line, i) => !isFirst || !isMisfit(line) || (mine.includes(line) && theirs.indexOf(line) === i),
  );
  return [
    { data: ours.data, errors: mine, effects: given.effects },
    { data, errors: kept, effects: expected.effects },
  ];
}

/** Is it about an object of which nobody said the type? The stock executor makes it null in silence. */
const isUnnamed = ({ data, errors }: Answer, line: string): boolean =>
  (errors ?? []).some(
    ({ message, path }) =>
      message.includes('is not of its type') &&
      line.startsWith(`${path!.join('.')}:`) &&
      isLackingAt(data, path!.slice(0, -1)),
  );

/** Is the value null, or an entity whose fields may be? */
function isLackingAt(data: unknown, path: readonly (string | number)[]): boolean {
  let value = data;
  for (const element of path) value = (value as Record<string | number, unknown> | null | undefined)?.[element];
  return value === undefined || typeof value === 'object';
}

/** The collisions under whose new names nothing else stands, so that no two fields become one. */
function distinct(collisions: Readonly<Record<string, string>>, text: string): Record<string, string> {
  const names = Object.values(collisions);
  const isFree = (name: string) =>
    names.indexOf(name) === names.lastIndexOf(name) && !new RegExp(`(?<!: )\\b${name}\\b(?!:)`).test(text);
  return Object.fromEntries(Object.entries(collisions).filter(([, name]) => isFree(name)));
}
