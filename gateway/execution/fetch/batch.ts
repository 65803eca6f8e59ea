import { renamedKeys } from './body.ts';
import { Distinct } from '../plan/distinct.ts';
import type { SubgraphAnswer } from '../execution.ts';
import { copy, merge } from '../answer/merge.ts';
import { type Json, type JsonObject, objectsAt, placesAt } from '../answer/path.ts';
import type { Representation } from './representation.ts';
import { rewrite } from '../plan/rewrite.ts';
import { type ClientKeys, type Run, asClientError } from '../run.ts';
import type { IsOfType } from '../answer/runtimeType.ts';
import type { Step } from '../plan/steps.ts';

/** Steps that ask one subgraph the same of entities at one or several paths. */
export interface Part {
  /** Its alias where several parts are one request. */
  number: number;
  steps: readonly Step[];
  representations: readonly ((entity: JsonObject) => Representation | undefined)[];
  /** The client's variables that it uses. */
  variables: readonly string[];
  /** The request when only this part is asked. */
  start: string;
  /** What is asked, by the steps' own fetches, of the entities that this part cannot be asked for. */
  alone?: Part;
}

/** The entities of a part in one run. Equal representations are sent once: `objects[i]` gets the answer to `representations[indexes[i]]`. */
export interface Batch {
  part: Part;
  representations: string[];
  objects: JsonObject[];
  indexes: number[];
  /** Which of the part's steps each object comes from. */
  origins: number[];
  /** The objects of each step that cannot be represented, since something is missing; undefined when there are none. */
  left?: JsonObject[][];
}

export interface EntitySettings {
  url: string;
  isOfType: IsOfType;
  clientKeys: ClientKeys;
  isShareable(step: Step): boolean;
}

/** The objects of each of the part's steps that are to be completed. */
export const objectsOf = (run: Run, { steps }: Part): JsonObject[][] =>
  steps.map(({ path }) => objectsAt(run.data, path));

export function batchOf(run: Run, part: Part, found: readonly JsonObject[][]): Batch {
  const batch: Batch = { part, representations: [], objects: [], indexes: [], origins: [] };
  const known = new Map<string, number>();
  const seen = new Map<Representation, Distinct>();
  found.forEach((objects, origin) => {
    // An object that stands in several places is completed once.
    const distinct = run.shared.size > 0 ? new Set(objects) : objects;
    for (const object of distinct) {
      const representation = part.representations[origin]!(object);
      if (!representation) {
        leave(batch, object, origin);
        continue;
      }
      const { write, keys } = representation;
      let before = keys && seen.get(representation);
      if (keys && !before) seen.set(representation, (before = new Distinct()));
      let index = before?.find(object, keys!);
      if (index === undefined) {
        const text = write(object);
        if (text === undefined) {
          leave(batch, object, origin);
          continue;
        }
        index = known.get(text);
        if (index === undefined) known.set(text, (index = batch.representations.push(text) - 1));
        before?.add(object, keys!, index);
      }
      batch.objects.push(object);
      batch.indexes.push(index);
      batch.origins.push(origin);
    }
  });
  return batch;
}

function leave(batch: Batch, object: JsonObject, origin: number): void {
  batch.left ??= batch.part.steps.map(() => []);
  batch.left[origin]!.push(object);
}

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
  const { part, objects, indexes, origins } = batch;
  /** The step that has taken each entity's own objects. */
  const owners = new Array<number | undefined>(entities.length);
  objects.forEach((object, i) => {
    const index = indexes[i]!;
    const entity = entities[index];
    if (typeof entity !== 'object' || entity === null || Array.isArray(entity)) return;
    const step = part.steps[origins[i]!]!;
    const owner = owners[index];
    if (owner === undefined) {
      owners[index] = origins[i];
      prepare(entity, object, step, settings.isOfType);
      merge(object, entity);
    } else if (owner === origins[i] && settings.isShareable(step)) {
      merge(object, entity);
      for (const name of Object.keys(entity)) share(run, entity[name]!);
    } else merge(object, copy(entity));
  });
}

/** Applies the step's rewrites, and keeps an interface's name (from `@interfaceObject`) from replacing the name of the type known already. */
function prepare(entity: JsonObject, object: JsonObject, { fetch }: Step, isOfType: IsOfType): void {
  const [known, given] = [object['__typename'], entity['__typename']];
  if (given !== undefined && given !== known && isOfType(known, String(given))) entity['__typename'] = known;
  if (!fetch.outputRewrites) return;
  entity['__typename'] ??= known;
  rewrite(fetch.outputRewrites, entity, isOfType);
}

function share(run: Run, value: Json): void {
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
