import fc from 'fast-check';
import type { Weather } from './world.ts';

type Weathers = Readonly<Record<string, fc.Arbitrary<(names: readonly string[]) => Weather>>>;

const still = { nulls: 0, failures: 0, lostEntities: 0, away: [] };

/** Nothing fails, so that one server over the same data would answer the same. */
export const calm: Weathers = {
  'in fair weather': fc.nat(50).map((seed) => () => ({ ...still, seed })),
  'with nulls': fc.nat(500).map((seed) => () => ({ ...still, seed, nulls: 25 })),
};

/** What fails depends on how the operation was divided. */
export const adverse: Weathers = {
  'with nulls and errors': fc
    .nat(500)
    .map((seed) => () => ({ ...still, seed, nulls: 15, failures: 6, lostEntities: 10 })),
  'with subgraphs away': fc
    .nat(50)
    .map((seed) => (names) => ({ ...still, seed, nulls: 5, away: [names[seed % names.length]!] })),
};
