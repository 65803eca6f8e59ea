import type { Code } from '../../../shared/errors.ts';
import { type Batch, type EntitySettings, type Part, batchOf, objectsOf, take, takeUnplaced } from './batch.ts';
import { bodyStart, clientVariables, writeVariables } from './body.ts';
import { contextVariables } from '../plan/context.ts';
import type { SubgraphAnswer } from '../execution.ts';
import { type Place, placesAt } from '../answer/path.ts';
import { compileRepresentation } from './representation.ts';
import type { Call, Run } from '../run.ts';
import type { Step } from '../plan/steps.ts';
import { combinedQuery } from './combinedQuery.ts';

/** One request for all entity fetches of `steps`, which go to one subgraph and do not depend on each other. */
export function entityCall(steps: readonly Step[], settings: EntitySettings): Call['run'] {
  const { url, isOfType } = settings;
  const service = steps[0]!.fetch.serviceName;
  const parts = [...Map.groupBy(steps, ({ fetch }) => fetch.operation).values()].map((same): Part => ({
    steps: same,
    representations: same.map(({ fetch }) =>
      compileRepresentation(fetch.requires!, fetch.inputRewrites ?? [], isOfType),
    ),
    start: bodyStart(same[0]!.fetch.operation, same[0]!.fetch.operationName),
  }));
  const names = [...new Set(steps.flatMap(({ fetch }) => clientVariables(fetch)))];
  const combinedStart = parts.length > 1 ? bodyStart(combinedQuery(parts), undefined) : '';
  const contextRewrites = steps[0]!.fetch.contextRewrites;

  const ask = (run: Run, body: string): Promise<SubgraphAnswer> =>
    run.send({ service, url, body, caller: run.caller, mayRepeat: true });

  const askOne = async (run: Run, batch: Batch, extra: string): Promise<void> => {
    const members = [
      writeVariables(clientVariables(batch.part.steps[0]!.fetch), run.variables),
      extra,
      `"representations":[${batch.representations.join()}]`,
    ];
    const answer = await ask(run, `${batch.part.start}${members.filter(Boolean).join()}}}`);
    takeUnplaced(run, answer, settings);
    take(run, batch, answer, '_entities', settings);
  };

  const askCombined = async (run: Run, batches: readonly Batch[]): Promise<void> => {
    const members = [
      writeVariables(names, run.variables),
      ...batches.map(({ number, representations }) => `"representations_${number}":[${representations.join()}]`),
    ];
    const answer = await ask(run, `${combinedStart}${members.filter(Boolean).join()}}}`);
    // One part can have spoilt the answer for the others: ask each on its own. Whoever is away or refuses the caller is not asked again.
    if (!answer.data && !answer.errors?.some(({ extensions }) => refusals.has(extensions?.['code']))) {
      await Promise.all(batches.filter(({ objects }) => objects.length > 0).map((batch) => askOne(run, batch, '')));
      return;
    }
    takeUnplaced(run, answer, settings);
    for (const batch of batches)
      if (batch.objects.length > 0) take(run, batch, answer, `entities_${batch.number}`, settings);
  };

  return async (run) => {
    if (contextRewrites) return askByContext(run);
    const batches = parts.map((part, number) => batchOf(run, part, number, objectsOf(run, part)));
    const filled = batches.filter(({ objects }) => objects.length > 0);
    if (filled.length === 1) await askOne(run, filled[0]!, '');
    else if (filled.length > 1) await askCombined(run, batches);
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
        const batch = batchOf(run, part, 0, [places.map(({ object }) => object)]);
        if (batch.objects.length > 0) await askOne(run, batch, context);
      }),
    );
  }
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
