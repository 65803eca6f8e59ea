import type { FetchDataKeyRenamer } from '@apollo/query-planner';
import type { Json, Place } from '../../answer/path.ts';
import type { IsOfType } from '../../answer/runtimeType.ts';

/**
 * The variables of a fetch that come from objects around the entity (`@fromContext`), as JSON members without braces; undefined where a
 * value was not answered, which is not the same as null.
 */
export function contextVariables(
  rewrites: readonly FetchDataKeyRenamer[],
  place: Place,
  isOfType: IsOfType,
): string | undefined {
  const values = new Map<string, Json>();
  for (const { path, renameKeyTo } of rewrites) {
    const up = path.filter((element) => element === '..').length;
    const from = up === 0 ? place.object : place.ancestors.at(-up);
    const value = read(from, path.slice(up), isOfType);
    if (value !== undefined) values.set(renameKeyTo, value);
  }
  if (rewrites.some(({ renameKeyTo }) => !values.has(renameKeyTo))) return undefined;
  return [...values].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join();
}

function read(value: Json | undefined, path: readonly string[], isOfType: IsOfType): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined || value === undefined || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => read(element, path, isOfType) ?? null);
  if (typeof value !== 'object') return undefined;
  if (!step.startsWith('... on ')) return read(value[step], rest, isOfType);
  return isOfType(value['__typename'], step.slice('... on '.length)) ? read(value, rest, isOfType) : undefined;
}
