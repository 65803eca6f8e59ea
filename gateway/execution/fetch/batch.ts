import { Distinct } from '../plan/steps/distinct.ts';
import { type JsonObject, objectsAt } from '../answer/path.ts';
import type { Representation } from './representation.ts';
import type { ClientKeys, Run } from '../run.ts';
import type { IsOfType } from '../answer/runtimeType.ts';
import type { Step } from '../plan/steps/steps.ts';

/** A subgraph is never asked for more entities at once; ours refuse more. */
export const mostRepresentations = 500;

/** Steps that ask one subgraph the same of entities at one or several paths. */
export interface Part {
  /** Its alias where several parts are one request. */
  number: number;
  steps: readonly Step[];
  representations: readonly ((entity: JsonObject) => Representation | undefined)[];
  /** The client's variables that it uses. */
  variables: readonly string[];
  /** What is asked of each entity, and what of that must come back as it was sent. */
  asked: readonly string[];
  echoed: readonly string[];
  /** By step, what nobody else can have answered before. */
  own: readonly (readonly string[])[];
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
  ownKeysOf(step: Step): readonly string[];
}

/** The objects of each of the part's steps that are to be completed. */
export const objectsOf = (run: Run, { steps }: Part): JsonObject[][] =>
  steps.map(({ path }) => objectsAt(run.data, path));

/** Represents the objects of a part; what they have of its own keys was not asked for and goes. */
export function batchOf(run: Run, part: Part, found: readonly JsonObject[][]): Batch {
  const batch: Batch = { part, representations: [], objects: [], indexes: [], origins: [] };
  const known = new Map<string, number>();
  const seen = new Map<Representation, Distinct>();
  found.forEach((objects, origin) => {
    // An object that stands in several places is completed once.
    const distinct = run.shared.size > 0 ? new Set(objects) : objects;
    const own = part.own[origin]!;
    for (const object of distinct) {
      for (const key of own) if (object[key] !== undefined) delete object[key];
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

/** A batch as several of the size that is allowed. */
export function slices({ part, representations, objects, indexes, origins }: Batch): Batch[] {
  const count = Math.ceil(representations.length / mostRepresentations);
  const result = Array.from({ length: count }, (_, i): Batch => {
    const first = i * mostRepresentations;
    const some = representations.slice(first, first + mostRepresentations);
    return { part, representations: some, objects: [], indexes: [], origins: [] };
  });
  objects.forEach((object, i) => {
    const slice = result[Math.floor(indexes[i]! / mostRepresentations)]!;
    slice.objects.push(object);
    slice.indexes.push(indexes[i]! % mostRepresentations);
    slice.origins.push(origins[i]!);
  });
  return result;
}
