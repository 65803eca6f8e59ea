import {
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql';
import type { DeferredFragment } from '../../plan/operation/deferredFragments.ts';
import type { ClientKeys } from '../../run.ts';
import type { Json, JsonObject, ResponsePath } from '../path.ts';
import { placeKey } from '../writing.ts';

/** An object that a deferred fragment is asked of, and where the client finds it. */
export interface DeferredPlace {
  object: JsonObject;
  path: ResponsePath;
}

export interface DeferredPlaces {
  /** Of the objects at the fragment's place. */
  type: GraphQLCompositeType;
  /** The places below one of the fragment around it; not below what was answered as null. */
  find(from: DeferredPlace, nulled: ReadonlySet<string>): DeferredPlace[];
}

/** Compiles the way to a deferred fragment from objects of `start`, the type of the fragment around it. */
export function compilePlaces(
  schema: GraphQLSchema,
  start: GraphQLCompositeType,
  { path, conditions }: DeferredFragment,
  clientKeys: ClientKeys,
): DeferredPlaces {
  const narrowed = (type: GraphQLCompositeType, names: readonly string[]) =>
    names.length > 0 ? (schema.getType(names.at(-1)!) as GraphQLCompositeType) : type;
  const strides: { type: GraphQLCompositeType; conditions: readonly string[]; key: string }[] = [];
  let type = start;
  for (const { conditions: around, key, field } of path) {
    strides.push({ type, conditions: around, key });
    const holder = narrowed(type, around);
    const definition = isUnionType(holder) ? undefined : holder.getFields()[field];
    const next = getNamedType(definition?.type);
    if (!isCompositeType(next)) throw new Error(`${holder.name}.${field} has no fields`);
    type = next;
  }
  const last = { type, conditions };

  const isA = (object: JsonObject, declared: GraphQLCompositeType, names: readonly string[]): boolean => {
    const named = schema.getType(String(object['__typename'] ?? declared.name)) ?? declared;
    // A subgraph that knows an interface as an object names the interface.
    const actual = isInterfaceType(named) && !isAbstractType(declared) ? declared : named;
    return names.every((name) => {
      const wanted = schema.getType(name);
      const mayBe = isObjectType(actual) || isInterfaceType(actual);
      return actual === wanted || (mayBe && isAbstractType(wanted) && schema.isSubType(wanted, actual));
    });
  };

  return {
    type: narrowed(type, conditions),
    find(from, nulled) {
      const found: DeferredPlace[] = [];
      const walk = (value: Json | undefined, index: number, at: ResponsePath): void => {
        if (typeof value !== 'object' || value === null || nulled.has(placeKey(at))) return;
        if (Array.isArray(value)) return value.forEach((element, i) => walk(element, index, [...at, i]));
        const stride = strides[index];
        const { type: declared, conditions: around } = stride ?? last;
        if (!isA(value, declared, around)) return;
        if (!stride) found.push({ object: value, path: at });
        else walk(value[stride.key], index + 1, [...at, clientKeys.get(stride.key) ?? stride.key]);
      };
      walk(from.object, 0, from.path);
      return found;
    },
  };
}
