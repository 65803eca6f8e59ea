import type { FetchDataRewrite } from '@apollo/query-planner';
import type { Json, JsonObject } from '../answer/path.ts';
import type { IsOfType } from '../answer/runtimeType.ts';

const fragment = '... on ';

/** Applies a fetch's rewrites (a value set, a key renamed) to what goes to a subgraph or comes from it, in place. */
export function rewrite(rewrites: readonly FetchDataRewrite[], value: Json | undefined, isOfType: IsOfType): void {
  for (const one of rewrites)
    at(value, one.path.slice(0, -1), isOfType, (object) => {
      const key = one.path.at(-1)!;
      if (one.kind === 'ValueSetter') object[key] = one.setValueTo as Json;
      else if (object[key] !== undefined) {
        object[one.renameKeyTo] = object[key];
        delete object[key];
      }
    });
}

function at(
  value: Json | undefined,
  path: readonly string[],
  isOfType: IsOfType,
  change: (object: JsonObject) => void,
): void {
  if (Array.isArray(value)) for (const element of value) at(element, path, isOfType, change);
  else if (typeof value === 'object' && value !== null) {
    const [step, ...rest] = path;
    if (step === undefined) change(value);
    else if (!step.startsWith(fragment)) at(value[step], rest, isOfType, change);
    // An object that does not say its type was asked for by a selection of one type only.
    else if (!value['__typename'] || isOfType(value['__typename'], step.slice(fragment.length)))
      at(value, rest, isOfType, change);
  }
}
