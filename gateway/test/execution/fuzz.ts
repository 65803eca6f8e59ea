/**
 * npm run fuzz -- [--minutes 10] [--seed N] [--only PART-OF-A-NAME]
 *
 * Searches for operations that ours answers otherwise than graphql-js over the same data, or than Apollo's executor where that is right:
 * every supergraph in turn, in every weather, until the time is over. Prints each difference with what repeats it, and fails if there was one.
 */
import { parseArgs } from 'node:util';
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
const until = performance.now() + Number(values.minutes) * 60_000;
let seed = Number(values.seed);

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
const searches = chosen.flatMap(([name, subgraphs]): Search[] => {
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
});

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
let operationsTried = 0;
const failed = new Set<Search>();
while (performance.now() < until && failed.size < searches.length)
  for (const search of searches) {
    if (performance.now() >= until) break;
    if (failed.has(search)) continue;
    const { bench, names, check } = search;
    let found: Difference | undefined;
    const property = fc.asyncProperty(search.arbitrary, search.weather, async (operation, weatherOf) => {
      if (!isValid(bench.apiSchema, operation.text)) return true;
      operationsTried++;
      const weather = weatherOf(names);
      try {
        const difference = await check(bench, operation, weather);
        if (difference) found = difference;
        return !difference;
      } catch (error) {
        found = { ...operation, weather, given: String((error as Error).stack), expected: undefined };
        return false;
      }
    });
    const { failed: isFailed } = await fc.check(property, { numRuns: 100, seed, endOnFailure: false });
    if (isFailed) {
      failed.add(search);
      console.log(`\n=== ${search.name}; ${search.title}; --seed ${seed}`);
      console.log(found?.text, JSON.stringify(found?.variables), JSON.stringify(found?.weather));
      for (const side of ['given', 'expected'] as const) console.log(`${side.padEnd(9)}${asText(found?.[side])}`);
    }
    if (search === searches.at(-1)) seed++;
  }
console.log(
  `${operationsTried} operations, ${failed.size} of ${searches.length} searches found a difference; last seed ${seed}`,
);
process.exitCode = failed.size > 0 ? 1 : 0;
