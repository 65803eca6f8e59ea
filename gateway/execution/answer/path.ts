export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json | undefined;
}
export type ResponsePath = readonly (string | number)[];

/** One step of a plan's path: into a field, or (`key` null) into each element of a list; then only objects of `types`, when given. */
export interface PathStep {
  key: string | null;
  types: ReadonlySet<string> | null;
}

/** Reads a plan's path: `users`, `@` for list elements, each perhaps with type conditions as in `@|[Book,Film]`. */
export function readPath(path: readonly (string | number)[]): PathStep[] {
  return path.map((element) => {
    const [name, types] = String(element).split('|');
    return { key: name === '@' ? null : name!, types: types ? new Set(types.slice(1, -1).split(',')) : null };
  });
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const fits = (value: Json, types: ReadonlySet<string> | null) =>
  types === null || (isObject(value) && types.has(value['__typename'] as string));

/** The objects at a path, in the order of the answer; nulls are left out, and an object that stands in several places comes once for each. */
export function objectsAt(data: JsonObject, path: readonly PathStep[]): JsonObject[] {
  let here: Json[] = [data];
  for (const { key, types } of path) {
    const next: Json[] = [];
    for (const value of here)
      if (key === null) {
        if (Array.isArray(value))
          for (const element of value) if (element !== null && fits(element, types)) next.push(element);
      } else if (key === '') {
        if (fits(value, types)) next.push(value);
      } else if (isObject(value)) {
        const child = value[key];
        if (child !== undefined && child !== null && fits(child, types)) next.push(child);
      }
    here = next;
  }
  return here.filter(isObject);
}

/** An object at a path, where it stands in the answer, and the objects that one passes on the way to it, the nearest last. */
export interface Place {
  object: JsonObject;
  path: ResponsePath;
  ancestors: readonly JsonObject[];
}

/** The same objects in the same order as `objectsAt`, with their places: slower, for errors and contexts. */
export function placesAt(data: JsonObject, path: readonly PathStep[]): Place[] {
  const places: Place[] = [];
  const walk = (value: Json | undefined, index: number, at: ResponsePath, ancestors: readonly JsonObject[]): void => {
    if (value === undefined || value === null) return;
    const step = path[index];
    if (step === undefined) {
      if (isObject(value)) places.push({ object: value, path: at, ancestors });
    } else if (step.key === null) {
      if (Array.isArray(value))
        value.forEach((element, i) => {
          if (element !== null && fits(element, step.types)) walk(element, index + 1, [...at, i], ancestors);
        });
    } else if (step.key === '') {
      if (fits(value, step.types)) walk(value, index + 1, at, ancestors);
    } else if (isObject(value)) {
      const child = value[step.key];
      if (child !== undefined && child !== null && fits(child, step.types))
        walk(child, index + 1, [...at, step.key], [...ancestors, value]);
    }
  };
  walk(data, 0, [], []);
  return places;
}
