import fc from 'fast-check';
import { benchOf, isValid } from './comparison.ts';
import {
  type Difference,
  alwaysAliased,
  beyondReference,
  differenceFromKept,
  differenceFromMonolith,
  differenceFromReference,
} from './differences.ts';
import { operations } from './operations.ts';
import { commonSupergraphs } from './supergraphs/common.ts';
import { unusualSupergraphs } from './supergraphs/shapes.ts';
import { adverse, calm } from './weathers.ts';

/** Operations per supergraph and weather; `npm run fuzz` searches for longer. */
const numRuns = 15;

for (const [name, subgraphs] of Object.entries({ ...commonSupergraphs, ...unusualSupergraphs }))
  describe(`a supergraph with ${name}`, () => {
    const bench = benchOf(subgraphs);
    const names = Object.keys(subgraphs);
    const arbitrary = operations(bench.apiSchema, alwaysAliased[name] ?? new Set());
    const search = (check: typeof differenceFromMonolith, weather: (typeof calm)[string]) =>
      fc.assert(
        fc.asyncProperty(arbitrary, weather, async (operation, weatherOf) => {
          fc.pre(isValid(bench.apiSchema, operation.text));
          expectNone(await check(bench, operation, weatherOf(names)));
        }),
        { numRuns, maxSkipsPerRun: 10_000 },
      );

    for (const [title, weather] of Object.entries(calm))
      test(`answers as one server over the same data would, ${title}`, () => search(differenceFromMonolith, weather));
    for (const [title, weather] of Object.entries(calm))
      test(`answers with a cache as without, once and again, ${title}`, () => search(differenceFromKept, weather));
    if (!beyondReference[name])
      for (const [title, weather] of Object.entries({ ...calm, ...adverse }))
        test(`answers as Apollo's executor does, ${title}`, () => search(differenceFromReference, weather));
  });

function expectNone(difference: Difference | undefined): void {
  if (difference) expect({ ...difference, given: difference.expected }).toEqual(difference);
}
