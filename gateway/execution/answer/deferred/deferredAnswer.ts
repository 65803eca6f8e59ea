import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { DeliveredPart, Delivery, PendingPart, ResultInParts } from '../../execution.ts';
import type { DeferredFragment } from '../../plan/operation/deferredFragments.ts';
import type { Plan } from '../../plan/planner.ts';
import { type Call, type Run, startCalls } from '../../run.ts';
import { type DeferredPlace, type DeferredPlaces, compilePlaces } from './deferredPlaces.ts';
import type { ResponsePath } from '../path.ts';
import type { Projection } from '../projection.ts';
import { asGraphQLError, unexplained } from '../answerErrors.ts';
import { type Write, type Writing, placeKey } from '../writing.ts';

interface CompiledFragment extends DeferredPlaces {
  fragment: DeferredFragment;
  write: Write;
}

/** Executes the calls of one plan, and answers what is deferred after the rest, each fragment as soon as it and what is around it is ready. */
export type AnswerInParts = (calls: readonly Call[], run: Run) => Promise<ResultInParts>;

export function compileDeferred(schema: GraphQLSchema, plan: Plan, projection: Projection): AnswerInParts {
  const compiled = new Map<DeferredFragment | undefined, CompiledFragment>();
  const root = schema.getRootType(plan.operation.operation)!;
  for (const fragment of plan.deferred) {
    const start = compiled.get(fragment.parent)?.type ?? root;
    const places = compilePlaces(schema, start, fragment, plan.clientKeys);
    compiled.set(fragment, { ...places, fragment, write: projection.compilePart(places.type, fragment.selectionSet) });
  }
  const fragments = [...compiled.values()];

  return async (calls, run) => {
    const runs = new Map(
      fragments.map(({ fragment }) => [fragment.label, { ...run, errors: [] as GraphQLFormattedError[] }]),
    );
    const done = startCalls(calls, ({ deferred }) => (deferred === undefined ? run : (runs.get(deferred) ?? run)));
    const finished = Promise.allSettled(done);
    const settled = (label: string | undefined) => Promise.all(done.filter((_, i) => calls[i]!.deferred === label));
    await settled(undefined);

    const nulled = new Set<string>();
    const writingAt = (path: ResponsePath) => {
      const { variables } = run;
      // An object that stands in several places may have been nulled at some of them.
      const shared = nulled.size > 0 ? new Set<never>() : run.shared;
      const nulls = { nulled: new Set<string>(), nulledBefore: nulled };
      return { variables, path: [...path], misfits: [], shared, texts: new Map(), ...nulls } satisfies Writing;
    };
    const keepNulls = (writing: ReturnType<typeof writingAt>) => writing.nulled.forEach((place) => nulled.add(place));
    const writing = writingAt([]);
    const data = projection.writeRoot(run.data, writing);
    keepNulls(writing);
    const errors = unexplained(writing.misfits, run.errors);

    let count = 0;
    const awaited = new Map<CompiledFragment, { places: readonly DeferredPlace[]; pending: readonly PendingPart[] }>();
    const ready = new Map<CompiledFragment, Promise<CompiledFragment>>();
    const begin = (parent: DeferredFragment | undefined, around: readonly DeferredPlace[]): PendingPart[] =>
      fragments.flatMap((each) => {
        const { parent: own, label, clientLabel } = each.fragment;
        const places = own === parent ? around.flatMap((place) => each.find(place, nulled)) : [];
        if (places.length === 0) return [];
        const pending = places.map(({ path }) => ({ id: String(count++), path, label: clientLabel }));
        awaited.set(each, { places, pending });
        // What cannot be carried out is a value that is missing.
        const isReady = () => each;
        ready.set(each, settled(label).then(isReady, isReady));
        return pending;
      });

    const deliver = (each: CompiledFragment): Delivery => {
      const { places, pending } = awaited.get(each)!;
      const { errors: said } = runs.get(each.fragment.label)!;
      const written: DeferredPlace[] = [];
      const dropped: PendingPart[] = [];
      const parts = places.flatMap((place, i): DeliveredPart[] => {
        if (isBelow(place.path, nulled)) {
          dropped.push(pending[i]!);
          return [];
        }
        const own = writingAt(place.path);
        const text = each.write(place.object, own) || 'null';
        // A part that is null as a whole has told nothing of what is in it.
        if (text !== 'null') {
          written.push(place);
          keepNulls(own);
        }
        const mine = said.filter((error) => i === indexOfPlace(error, places));
        const all = [...mine, ...unexplained(own.misfits, [...run.errors, ...said])];
        return [{ ...pending[i]!, data: text, ...(all.length > 0 && { errors: all.map(asGraphQLError) }) }];
      });
      const next = begin(each.fragment, written);
      return { parts, dropped, pending: next, hasNext: ready.size > 0 };
    };

    async function* deliveries(): AsyncGenerator<Delivery, undefined> {
      while (ready.size > 0) {
        const each = await Promise.race(ready.values());
        ready.delete(each);
        yield deliver(each);
      }
      return undefined;
    }

    const pending = data === 'null' ? [] : begin(undefined, [{ object: run.data, path: [] }]);
    const told = [...run.errors, ...errors];
    return {
      data,
      ...(told.length > 0 && { errors: told.map(asGraphQLError) }),
      pending,
      deliveries: deliveries(),
      finished,
    };
  };
}

const isBelow = (path: ResponsePath, places: ReadonlySet<string>): boolean =>
  places.size > 0 && path.some((_, i) => places.has(placeKey(path.slice(0, i + 1))));

/** The place that an error is below; the first one for errors that are nowhere. */
function indexOfPlace({ path }: GraphQLFormattedError, places: readonly DeferredPlace[]): number {
  const index = path ? places.findIndex((place) => place.path.every((element, i) => path[i] === element)) : 0;
  return Math.max(0, index);
}
