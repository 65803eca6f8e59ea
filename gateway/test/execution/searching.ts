/** The thread that `npm run fuzz` starts: it tells which operation it is about to try, so that one that never ends is known. */
import { parseArgs } from 'node:util';
import { parentPort } from 'node:worker_threads';
import fc from 'fast-check';
import { type Bench, benchOf, isValid } from './comparison.ts';
import {
  type Difference,
  alwaysAliased,
  beyondReference,
  differenceFromKept,
  differenceFromMonolith,
  differenceFromReference,
} from './differences.ts';
import { deferringBench, differenceInParts } from './deferring.ts';
import { type RandomOperation, operations } from './operations.ts';
import { commonSupergraphs } from './supergraphs/common.ts';
import { unusualSupergraphs } from './supergraphs/shapes.ts';
import { adverse, calm } from './weathers.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    only: { type: 'string', default: '' },
  },
});
const end = performance.now() + Number(values.minutes) * 60_000;
const leftMs = () => end - performance.now();
let seed = Number(values.seed);

/** What is tried at the moment. */
export interface Searched extends Omit<Difference, 'given' | 'expected'> {
  name: string;
  title: string;
  seed: number;
}

interface Search {
  name: string;
  title: string;
  bench: Bench;
  names: string[];
  arbitrary: fc.Arbitrary<RandomOperation>;
  check: typeof differenceFromMonolith;
  weather: (typeof calm)[string];
}
const chosen = Object.entries({ ...commonSupergraphs, ...unusualSupergraphs }).filter(([name]) =>
  name.includes(values.only),
);
const searchesOf = ([name, subgraphs]: (typeof chosen)[number]): Search[] => {
  const bench = benchOf(subgraphs);
  const common = {
    name,
    bench,
    names: Object.keys(subgraphs),
    arbitrary: operations(bench.apiSchema, alwaysAliased[name] ?? new Set()),
  };
  const against = (check: Search['check'], oracle: string, weathers: typeof calm) =>
    Object.entries(weathers).map(([title, weather]) => ({ ...common, check, weather, title: `${oracle}, ${title}` }));
  const dividing = deferringBench(subgraphs);
  const inParts: Search['check'] = (_, operation, weather) => differenceInParts(dividing, operation, weather);
  return [
    ...against(inParts, 'the answer without @defer', calm),
    ...against(differenceFromMonolith, 'one server', calm),
    ...against(differenceFromKept, 'without a cache', calm),
    ...(beyondReference[name] ? [] : against(differenceFromReference, "Apollo's executor", { ...calm, ...adverse })),
  ];
};
/** A supergraph is read when it is its turn for the first time: all of them together take longer than a short run. */
const known = new Map<string, Search[]>();
function* searchesInTurn(): Generator<Search> {
  for (const entry of chosen) {
    const searches = known.get(entry[0]) ?? searchesOf(entry);
    known.set(entry[0], searches);
    yield* searches;
  }
}

const tell = (searched: Searched | undefined) => parentPort!.postMessage(searched);
const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
let operationsTried = 0;
const failed = new Set<Search>();
const areAllFailed = () => known.size === chosen.length && failed.size === [...known.values()].flat().length;

async function run(search: Search): Promise<void> {
  const { bench, names, check } = search;
  let found: Difference | undefined;
  const property = fc.asyncProperty(search.arbitrary, search.weather, async (operation, weatherOf) => {
    if (!isValid(bench.apiSchema, operation.text)) return true;
    operationsTried++;
    const weather = weatherOf(names);
    const { text, variables } = operation;
    const { name, title } = search;
    tell({ name, title, seed, text, variables, weather });
    try {
      const difference = await check(bench, operation, weather);
      if (difference) found = difference;
      return !difference;
    } catch (error) {
      found = { ...operation, weather, given: String((error as Error).stack), expected: undefined };
      return false;
    } finally {
      tell(undefined);
    }
  });
  // The limit ends shrinking too: what was found by then is told as it is.
  const limits = { numRuns: 100, seed, interruptAfterTimeLimit: Math.max(1, leftMs()) };
  if (!(await fc.check(property, limits)).failed) return;
  failed.add(search);
  console.log(`\n=== ${search.name}; ${search.title}; --seed ${seed}`);
  console.log(found?.text, JSON.stringify(found?.variables), JSON.stringify(found?.weather));
  for (const side of ['given', 'expected'] as const) console.log(`${side.padEnd(9)}${asText(found?.[side])}`);
}

for (; leftMs() > 0 && !areAllFailed(); seed++)
  for (const search of searchesInTurn()) {
    if (leftMs() <= 0) break;
    if (!failed.has(search)) await run(search);
  }
const tried = [...known.values()].flat().length;
console.log(
  `${operationsTried} operations, ${failed.size} of ${tried} searches in ${known.size} of ${chosen.length} supergraphs found a difference; last seed ${seed - 1}`,
);
process.exitCode = failed.size > 0 ? 1 : 0;
