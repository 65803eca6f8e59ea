import type { Code } from '../../../shared/errors.ts';
import {
  type Batch,
  type EntitySettings,
  type Part,
  batchOf,
  mostRepresentations,
  objectsOf,
  slices,
} from './batch.ts';
import { take, takeUnplaced } from './entityAnswer.ts';
import { bodyOf, bodyStart, clientVariables, writeVariables } from './body.ts';
import { combinedQuery } from './combinedQuery.ts';
import { askedKeys, echoedKeys } from '../plan/steps/asked.ts';
import { contextVariables } from '../plan/required/context.ts';
import type { EntityRequest, SubgraphAnswer } from '../execution.ts';
import { type Place, placesAt } from '../answer/path.ts';
import { compileRepresentation } from './representation.ts';
import type { Call, Run } from '../run.ts';
import type { Step } from '../plan/steps/steps.ts';

/** One request for all entity fetches of `steps`, which go to one subgraph and do not depend on each other. */
export function entityCall(steps: readonly Step[], settings: EntitySettings): Call['run'] {
  const { url, isOfType } = settings;
  const service = steps[0]!.fetch.serviceName;
  const parts = partsOf(steps, settings);
  const combinedStarts = new Map<string, string>();
  const contextRewrites = steps[0]!.fetch.contextRewrites;

  const ask = (run: Run, entities: EntityRequest): Promise<SubgraphAnswer> => {
    const body = entities.bodyFor(entities.parts.map(({ representations }) => representations));
    return run.send({ service, url, body, entities, caller: run.caller, mayRepeat: true });
  };

  const askOne = async (run: Run, batch: Batch, extra: string): Promise<void> => {
    if (batch.representations.length > mostRepresentations)
      return void (await Promise.all(slices(batch).map((slice) => askOne(run, slice, extra))));
    const { part, representations } = batch;
    const variables = [writeVariables(part.variables, run.variables), extra];
    const answer = await ask(run, {
      parts: [{ key: '_entities', selection: bodyOf(part.start, variables), representations }],
      bodyFor: ([some]) => bodyOf(part.start, [...variables, `"representations":[${some!.join()}]`]),
    });
    takeUnplaced(run, answer, settings);
    take(run, batch, answer, '_entities', settings);
  };

  const combinedStart = (batches: readonly Batch[]): string => {
    const key = batches.map(({ part }) => part.number).join();
    const known = combinedStarts.get(key);
    if (known !== undefined) return known;
    const { query, operationName } = combinedQuery(batches.map(({ part }) => part));
    const start = bodyStart(query, operationName);
    combinedStarts.set(key, start);
    return start;
  };

  const askCombined = async (run: Run, batches: readonly Batch[]): Promise<void> => {
    const names = new Set(batches.flatMap(({ part }) => part.variables));
    const start = combinedStart(batches);
    const variables = writeVariables([...names], run.variables);
    const answer = await ask(run, {
      parts: batches.map(({ part, representations }) => ({
        key: `entities_${part.number}`,
        selection: bodyOf(part.start, [writeVariables(part.variables, run.variables)]),
        representations,
      })),
      bodyFor: (lists) =>
        bodyOf(start, [
          variables,
          ...batches.map(({ part }, i) => `"representations_${part.number}":[${lists[i]!.join()}]`),
        ]),
    });
    // One part can have spoilt the answer for the others: ask each on its own. Whoever is away or refuses the caller is not asked again.
    if (!answer.data && !answer.errors?.some(({ extensions }) => refusals.has(extensions?.['code']))) {
      await Promise.all(batches.map((batch) => askOne(run, batch, '')));
      return;
    }
    takeUnplaced(run, answer, settings);
    for (const batch of batches) take(run, batch, answer, `entities_${batch.part.number}`, settings);
  };

  return async (run) => {
    if (contextRewrites) return askByContext(run);
    const batches = parts.flatMap((part) => {
      const batch = batchOf(run, part, objectsOf(run, part));
      if (!part.alone || !batch.left) return [batch];
      return [
        batch,
        batchOf(
          run,
          part.alone,
          batch.left.filter((_, i) => part.steps[i]!.alone),
        ),
      ];
    });
    const filled = batches.filter(({ objects }) => objects.length > 0);
    if (filled.length === 1) await askOne(run, filled[0]!, '');
    else if (sizeOf(filled) > mostRepresentations) await Promise.all(filled.map((batch) => askOne(run, batch, '')));
    else if (filled.length > 1) await askCombined(run, filled);
  };

  /** Entities with different contexts go in different requests, since a context is a variable of the request. */
  async function askByContext(run: Run): Promise<void> {
    const [part] = parts as [Part];
    const [step] = part.steps as [Step];
    const byContext = Map.groupBy(placesAt(run.data, step.path), (place) =>
      contextVariables(contextRewrites!, place, isOfType),
    );
    await Promise.all(
      [...byContext].map(async ([context, places]) => {
        if (context === undefined) return lackContext(run, places);
        const batch = batchOf(run, part, [places.map(({ object }) => object)]);
        if (batch.objects.length > 0) await askOne(run, batch, context);
      }),
    );
  }
}

const sizeOf = (batches: readonly Batch[]): number =>
  batches.reduce((sum, { representations }) => sum + representations.length, 0);

/** Steps that ask the same are one part. */
function partsOf(steps: readonly Step[], { isOfType, ownKeysOf }: EntitySettings): Part[] {
  let number = 0;
  const partOf = (same: readonly Step[]): Part => {
    const { operation, operationName } = same[0]!.fetch;
    return {
      number: number++,
      steps: same,
      representations: same.map(({ fetch }) =>
        compileRepresentation(fetch.requires!, fetch.inputRewrites ?? [], isOfType),
      ),
      variables: clientVariables(same[0]!.fetch),
      asked: askedKeys(same[0]!.fetch),
      echoed: echoedKeys(same[0]!.fetch),
      own: same.map(ownKeysOf),
      start: bodyStart(operation, operationName),
    };
  };
  const firstAlone = new Map<string, string>();
  const groups = Map.groupBy(steps, ({ fetch: { operation }, alone }) => {
    const aside = alone?.fetch.operation;
    if (aside !== undefined && !firstAlone.has(operation)) firstAlone.set(operation, aside);
    return aside === undefined || firstAlone.get(operation) === aside ? operation : `${operation} ${aside}`;
  });
  return [...groups.values()].map((same) => {
    const alone = same.flatMap((step) => step.alone ?? []);
    return { ...partOf(same), ...(alone.length > 0 && { alone: partOf(alone) }) };
  });
}

/** Whatever kept a context from being answered has an error already, unless the subgraph left it out in silence. */
function lackContext(run: Run, places: readonly Place[]): void {
  if (run.errors.length > 0) return;
  for (const { path } of places)
    run.errors.push({
      message: 'A value that this object depends on was not answered.',
      path,
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    });
}

/** What asking for less does not change: the subgraph is away, or refuses the caller. */
const refusals: ReadonlySet<unknown> = new Set<Code>([
  'SUBGRAPH_UNAVAILABLE',
  'SUBGRAPH_TIMEOUT',
  'UNAVAILABLE',
  'RATE_LIMITED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
]);
