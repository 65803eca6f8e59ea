import { Refusal, unavailable } from '../../../shared/errors.ts';
import type { Furniture } from '../../../shared/subgraph/joined.ts';
import { type OfPerson, findNeighbours, saveFixes } from './fixStore.ts';
import { type LocationRefusal, locationsAtOnce, refusalOf, refusalsOf } from './location.rules.ts';
import { holdSharing } from './personStore.ts';

/** Why a location was not taken; undefined: it was. */
export type Outcome = LocationRefusal | undefined;

/** Takes locations, whichever way they come. */
export interface Ingest {
  /** Resolves once those that are taken are committed. Throws BAD_USER_INPUT for too many, and UNAVAILABLE when too many wait. */
  take(locations: readonly OfPerson[]): Promise<Outcome[]>;
}

/** What a transaction takes, and what may wait for one. */
const atOnce = 5000;
const waitingAtMost = 20_000;

interface Waiting {
  locations: readonly OfPerson[];
  resolve(outcomes: Outcome[]): void;
  reject(error: unknown): void;
}

/** Whatever comes while one transaction is under way is stored by the next, so that the cost of a commit is shared. `taken` is told of each. */
export function openIngest({ database, clock }: Pick<Furniture, 'database' | 'clock'>, taken: () => void): Ingest {
  let waiting: Waiting[] = [];
  let size = 0;
  let isStoring = false;

  const store = async (batch: readonly Waiting[]) => {
    const locations = batch.flatMap((one) => one.locations);
    try {
      const now = clock().getTime();
      const outcomes = await database.transaction((transaction) => takeAll(transaction, locations, now));
      taken();
      let from = 0;
      for (const { locations: own, resolve } of batch) resolve(outcomes.slice(from, (from += own.length)));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  const run = async () => {
    isStoring = true;
    // What is sent in the same turn is stored together.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      let [count, sum] = [0, 0];
      while (count < waiting.length && (count === 0 || sum + waiting[count]!.locations.length <= atOnce))
        sum += waiting[count++]!.locations.length;
      const batch = waiting.slice(0, count);
      waiting = waiting.slice(count);
      await store(batch);
      size -= sum;
    }
    isStoring = false;
  };
  return {
    take(locations) {
      if (locations.length === 0 || locations.length > locationsAtOnce)
        return Promise.reject(new Refusal('BAD_USER_INPUT', `locations takes 1 to ${locationsAtOnce}.`));
      if (size + locations.length > waitingAtMost) return Promise.reject(unavailable());
      return new Promise((resolve, reject) => {
        size += locations.length;
        waiting.push({ locations, resolve, reject });
        if (!isStoring) void run();
      });
    },
  };
}

async function takeAll(
  transaction: Parameters<typeof saveFixes>[0],
  locations: readonly OfPerson[],
  now: number,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = locations.map(({ location }) => refusalOf(location, now));
  const sharing = await holdSharing(transaction, [...new Set(locations.map(({ userId }) => userId))]);
  locations.forEach(({ userId }, n) => {
    if (!sharing.has(userId)) outcomes[n] = 'NO_CONSENT';
  });
  const places = outcomes.flatMap((outcome, n) => (outcome === undefined ? [n] : []));
  const neighbours = await findNeighbours(
    transaction,
    places.map((n) => locations[n]!),
  );
  const candidates = places.map((n, k) => ({ n, ...locations[n]!, ...neighbours[k]! }));
  for (const own of Map.groupBy(candidates, ({ userId }) => userId).values())
    refusalsOf(own).forEach((refusal, k) => (outcomes[own[k]!.n] = refusal));
  await saveFixes(
    transaction,
    locations.filter((_, n) => outcomes[n] === undefined),
  );
  return outcomes;
}
