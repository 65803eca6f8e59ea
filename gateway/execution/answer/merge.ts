import { isExactNumber } from './exactJson.ts';
import type { Json, JsonObject } from './path.ts';

/**
 * Merges what a subgraph answered into an object of the answer, in place: of the object itself only these keys, which were asked for. The
 * objects and lists of the source become part of the target.
 */
export function merge(target: JsonObject, source: JsonObject, keys: readonly string[] = Object.keys(source)): void {
  for (const key of keys) {
    const given = source[key];
    // `__proto__` would not become a property but the object's prototype.
    if (given === undefined || key === '__proto__') continue;
    const present = target[key];
    if (present === given) continue;
    if (typeof given !== 'object' || given === null || typeof present !== 'object' || present === null)
      target[key] = given;
    else if (!Array.isArray(given) && !Array.isArray(present)) {
      if (isExactNumber(given) || isExactNumber(present)) target[key] = given;
      else merge(present, given);
    } else if (Array.isArray(given) && Array.isArray(present) && given.length === present.length)
      mergeLists(present, given);
    else target[key] = given;
  }
}

function mergeLists(target: Json[], source: Json[]): void {
  for (let i = 0; i < source.length; i++) {
    const given = source[i]!;
    const present = target[i]!;
    if (present === given) continue;
    if (typeof given !== 'object' || given === null || typeof present !== 'object' || present === null)
      target[i] = given;
    else if (!Array.isArray(given) && !Array.isArray(present)) {
      if (isExactNumber(given) || isExactNumber(present)) target[i] = given;
      else merge(present, given);
    } else if (Array.isArray(given) && Array.isArray(present) && given.length === present.length)
      mergeLists(present, given);
    else target[i] = given;
  }
}

/** A copy that shares nothing with the original. */
export function copy<Value extends Json | undefined>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copy) as Value;
  if (isExactNumber(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) if (key !== '__proto__') result[key] = copy(value[key]);
  return result as Value;
}
