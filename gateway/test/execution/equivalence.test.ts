import fc from 'fast-check';
import { type Answer, type Bench, benchOf, essence, isValid } from './comparison.ts';
import type { Weather } from './fakeSubgraphs.ts';
import { type RandomOperation, operations } from './operations.ts';
import { supergraphs } from './supergraphs.ts';

/** Operations per supergraph and weather; raise it for a long search. */
const runs = Number(process.env['EQUIVALENCE_RUNS'] ?? 40);
const seed = process.env['EQUIVALENCE_SEED'] ? Number(process.env['EQUIVALENCE_SEED']) : undefined;

/** Fields that the stock planner takes for its own when the client asks for them by name. */
const alwaysAliased: Readonly<Record<string, ReadonlySet<string>>> = {
  'requires, also nested and with arguments': new Set(['price']),
};

const weathers: Readonly<Record<string, fc.Arbitrary<(names: readonly string[]) => Weather>>> = {
  'in fair weather': fc.nat(50).map((seed) => () => ({ seed, nulls: 0, failures: 0, lostEntities: 0, away: [] })),
  'with nulls and errors': fc
    .nat(500)
    .map((seed) => () => ({ seed, nulls: 15, failures: 6, lostEntities: 10, away: [] })),
  'with subgraphs away': fc
    .nat(50)
    .map((seed) => (names) => ({ seed, nulls: 5, failures: 0, lostEntities: 0, away: [names[seed % names.length]!] })),
};

for (const [name, subgraphs] of Object.entries(supergraphs))
  describe(`a supergraph with ${name}`, () => {
    const bench = benchOf(subgraphs);
    const names = Object.keys(subgraphs);
    const arbitrary = operations(bench.apiSchema, alwaysAliased[name] ?? new Set());
    for (const [title, weather] of Object.entries(weathers))
      test(`answers as Apollo's executor does, ${title}`, async () => {
        await fc.assert(
          fc.asyncProperty(arbitrary, weather, async (operation, weatherOf) => {
            fc.pre(isValid(bench.apiSchema, operation.text));
            await expectSame(bench, operation, weatherOf(names));
          }),
          { numRuns: runs, ...(seed !== undefined && { seed }), maxSkipsPerRun: 10_000 },
        );
      });
  });

async function expectSame(
  bench: Bench,
  { text, variables, collisions }: RandomOperation,
  weather: Weather,
): Promise<void> {
  const expected = await bench.reference(text, variables, weather);
  expectSameEssence(await bench.ours(text, variables, weather), expected);
  // The stock planner mixes up an alias with a field of that name; ours must answer as if the alias were another.
  const unique = distinct(collisions, text);
  const colliding = text.replace(/\bzq\d+(?=:)/g, (alias) => unique[alias] ?? alias);
  if (colliding === text || !isValid(bench.apiSchema, colliding)) return;
  expectSameEssence(await bench.ours(colliding, variables, weather), expected, unique);
}

function expectSameEssence(given: Answer, expected: Answer, keys: Readonly<Record<string, string>> = {}): void {
  const isMisfit = (line: string) => line.endsWith('INTERNAL_SERVER_ERROR');
  const { data, errors } = essence(expected, keys);
  const ours = essence(given);
  // The stock executor keeps quiet about a forbidden null once any subgraph has reported an error, wherever that was.
  const isQuiet = errors.length > 0 && !errors.some(isMisfit);
  const told = ours.errors.filter((line) => !isQuiet || !isMisfit(line));
  // It also counts entities wrongly where some of a list were not sent: then only the fields agree, and ours must stand where something is missing.
  const isMiscounted =
    told.join() !== errors.join() && (given.errors ?? []).every(({ path }) => !path || isLackingAt(given.data, path));
  const counted = isMiscounted
    ? (lines: string[]) => lines.map((line) => line.replace(/\.\d+(?=[.:])/g, '.@')).sort()
    : (lines: string[]) => lines;
  expect({ data: ours.data, errors: counted(told) }).toEqual({ data, errors: counted(errors) });
}

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
