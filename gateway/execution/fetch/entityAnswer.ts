import type { GraphQLFormattedError } from 'graphql';
import { isExactNumber } from '../answer/exactJson.ts';
import { copy, merge } from '../answer/merge.ts';
import { type Json, type JsonObject, placesAt } from '../answer/path.ts';
import type { IsOfType } from '../answer/runtimeType.ts';
import type { SubgraphAnswer } from '../execution.ts';
import { rewrite } from '../plan/rewrite.ts';
import type { Step } from '../plan/steps/steps.ts';
import { type Run, asClientError } from '../run.ts';
import type { Batch, EntitySettings } from './batch.ts';
import { renamedKeys } from './body.ts';

/** Merges a part's answer into the client's, and its errors. */
export function take(
  run: Run,
  batch: Batch,
  { data, errors }: SubgraphAnswer,
  key: string,
  settings: EntitySettings,
): void {
  for (const error of errors ?? [])
    if (error.path?.[0] === key && typeof error.path[1] === 'number') takeError(run, batch, error, settings);
  const entities = data?.[key] as Json;
  if (!Array.isArray(entities)) return;
  if (entities.length !== batch.representations.length) {
    run.errors.push(unusable(`${entities.length} entities were answered for ${batch.representations.length}`));
    return;
  }
  const { part, objects, indexes, origins } = batch;
  const { asked } = part;
  const strange = new Set<number>();
  /** The step that has taken each entity's own objects. */
  const owners = new Array<number | undefined>(entities.length);
  objects.forEach((object, i) => {
    const index = indexes[i]!;
    const entity = entities[index];
    if (typeof entity !== 'object' || entity === null || Array.isArray(entity)) return;
    const step = part.steps[origins[i]!]!;
    if (isAnother(entity, object, part.echoed, settings.isOfType)) {
      strange.add(index);
      return;
    }
    const owner = owners[index];
    if (owner === undefined) {
      owners[index] = origins[i];
      prepare(entity, object, step, settings.isOfType);
      merge(object, entity, asked);
    } else if (owner === origins[i] && settings.isShareable(step)) {
      merge(object, entity, asked);
      for (const name of asked) share(run, entity[name]);
    } else merge(object, copy(entity), asked);
  });
  for (const index of strange)
    takeError(
      run,
      batch,
      { ...unusable('another entity was answered than was asked for'), path: [key, index] },
      settings,
    );
}

const unusable = (message: string): GraphQLFormattedError => ({
  message,
  extensions: { code: 'INTERNAL_SERVER_ERROR' },
});

/** Is it of another type than the object that it was asked for, or has it another key? */
function isAnother(entity: JsonObject, object: JsonObject, echoed: readonly string[], isOfType: IsOfType): boolean {
  const [known, given] = [object['__typename'], entity['__typename']];
  if (given !== undefined && given !== known && !isOfType(known, String(given)) && !isOfType(given, String(known)))
    return true;
  return echoed.some((key) => {
    const [sent, got] = [object[key], entity[key]];
    return got !== undefined && sent !== got && textOf(sent) !== textOf(got);
  });
}

/** An ID may come back as a number. */
const textOf = (value: Json | undefined): string => (isExactNumber(value) ? value.rawJSON : String(value));

/** Applies the step's rewrites, and keeps an interface's name (from `@interfaceObject`) from replacing the name of the type known already. */
function prepare(entity: JsonObject, object: JsonObject, { fetch }: Step, isOfType: IsOfType): void {
  const [known, given] = [object['__typename'], entity['__typename']];
  if (given !== undefined && given !== known && isOfType(known, String(given))) entity['__typename'] = known;
  if (!fetch.outputRewrites) return;
  entity['__typename'] ??= known;
  rewrite(fetch.outputRewrites, entity, isOfType);
}

function share(run: Run, value: Json | undefined): void {
  if (Array.isArray(value)) for (const element of value) share(run, element);
  else if (typeof value === 'object' && value !== null) run.shared.add(value);
}

/** Errors that name no entity concern the request as a whole, and no place of the answer. */
export function takeUnplaced(run: Run, { errors }: SubgraphAnswer, { clientKeys }: EntitySettings): void {
  for (const error of errors ?? [])
    if (typeof error.path?.[1] !== 'number') run.errors.push(asClientError(error, undefined, clientKeys));
}

/** An error of one entity is an error at every place where the entity stands. */
function takeError(
  run: Run,
  batch: Batch,
  error: NonNullable<SubgraphAnswer['errors']>[number],
  { clientKeys }: EntitySettings,
): void {
  const index = error.path![1];
  batch.part.steps.forEach((step, origin) => {
    const meant = new Set(batch.objects.filter((_, i) => batch.indexes[i] === index && batch.origins[i] === origin));
    if (meant.size === 0) return;
    const keys = new Map([...clientKeys, ...renamedKeys(step.fetch)]);
    for (const { object, path } of placesAt(run.data, step.path))
      if (meant.has(object)) run.errors.push(asClientError(error, [...path, ...error.path!.slice(2)], keys));
  });
}
