import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  GraphQLError,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { type Contextual, type Directives, readDirectives } from './directives.ts';
import { type Subgraphs, typeDefsOf } from './supergraphs/compose.ts';

/** How often, in percent, a nullable field is null, a field fails, an entity fails; and the subgraphs that are away. */
export interface Weather {
  seed: number;
  nulls: number;
  failures: number;
  lostEntities: number;
  away: readonly string[];
}

export const fairWeather: Weather = { seed: 1, nulls: 0, failures: 0, lostEntities: 0, away: [] };

/** What resolvers share during one operation. */
export interface Scene {
  weather: Weather;
  /** The fields of mutation types that were executed, in order. */
  effects: string[];
}

/** An object of the generated data. Entities are numbered, and a field of one depends on its number only, in every subgraph. */
export interface Thing {
  __typename: string;
  identity: string;
  number: number;
  /** The object whose field it is the value of. */
  parent?: Thing | undefined;
  /** The representation that the gateway sent. */
  given?: Record<string, unknown> | undefined;
}

interface SubscriptionRequest {
  service: string;
  typename: string;
  field: string;
  args: Record<string, unknown>;
  /** The values of what the field requires, in the order of its `@requires`. */
  needed: readonly unknown[];
}

const entities = 4;
/** The first integers that a double cannot hold. */
const longBase = 9_007_199_254_740_993n;

function hash(...parts: unknown[]): number {
  let value = 2166136261;
  for (const char of JSON.stringify(parts)) value = Math.imul(value ^ char.charCodeAt(0), 16777619);
  value ^= value >>> 15;
  return Math.imul(value, 2246822507) >>> 0;
}

/** Generated data behind some subgraphs: the value of any field, always the same for one seed, whichever subgraph is asked. */
export class World {
  readonly schemas: ReadonlyMap<string, GraphQLSchema>;
  readonly #directives: ReadonlyMap<string, Directives>;
  readonly #keys = new Map<string, Set<string>>();
  readonly #possible = new Map<string, string[]>();

  constructor(subgraphs: Subgraphs) {
    const typeDefs = Object.entries(subgraphs).map(([name, sdl]) => [name, typeDefsOf(sdl)] as const);
    this.schemas = new Map(typeDefs.map(([name, each]) => [name, buildSubgraphSchema({ typeDefs: each })]));
    this.#directives = new Map(typeDefs.map(([name, each]) => [name, readDirectives(each)]));
    for (const { keys } of this.#directives.values())
      for (const [type, names] of keys)
        for (const name of names) this.#keys.set(type, (this.#keys.get(type) ?? new Set()).add(name));
    for (const schema of this.schemas.values())
      for (const type of Object.values(schema.getTypeMap()))
        if (isAbstractType(type))
          this.#possible.set(type.name, [
            ...new Set([
              ...(this.#possible.get(type.name) ?? []),
              ...schema.getPossibleTypes(type).map(({ name }) => name),
            ]),
          ]);
  }

  /** The subgraph, and its name of the type, that resolves a field of a type of the composed schema. */
  ownerOf(typename: string, field: string): { service: string; typename: string } {
    const abstract = [...this.#possible].flatMap(([name, possible]) => (possible.includes(typename) ? [name] : []));
    for (const candidate of [typename, ...abstract])
      for (const [service, schema] of this.schemas) {
        const type = schema.getType(candidate);
        const isDefined = isObjectType(type) && type.getFields()[field];
        if (isDefined && !this.#directives.get(service)!.external.has(`${candidate}.${field}`))
          return { service, typename: candidate };
      }
    throw new Error(`no subgraph defines ${typename}.${field}`);
  }

  requires(
    service: string,
    typename: string,
    field: string,
  ): Directives['requires'] extends Map<string, infer Set> ? Set | undefined : never {
    return this.#directives.get(service)!.requires.get(`${typename}.${field}`);
  }

  contextual(service: string, typename: string, field: string): readonly Contextual[] {
    return this.#directives.get(service)!.contextual.get(`${typename}.${field}`) ?? [];
  }

  /** Do objects of this type set the context, as the subgraph's schema has it? */
  setsContext(service: string, typename: string, context: string): boolean {
    return this.#directives.get(service)!.contexts.get(context)?.has(typename) ?? false;
  }

  isOfType(typename: string, condition: string): boolean {
    return typename === condition || (this.#possible.get(condition)?.includes(typename) ?? false);
  }

  /** An object of a type of the composed schema: an interface that a subgraph knows as an object stands for one of its types. */
  concrete(thing: Thing): Thing {
    const all = this.#possible.get(thing.__typename);
    return all ? { ...thing, __typename: all[thing.number % all.length]! } : thing;
  }

  /** The entity that a representation is of; an error where it has no key. */
  entity(service: string, given: Record<string, unknown>, { weather }: Scene): Thing | GraphQLError | null {
    const typename = given['__typename'] as string;
    const names = [...(this.#keys.get(typename) ?? [])].filter((name) => given[name] !== undefined);
    const digits = /\d+/.exec(names.map((name) => text(given[name])).join())?.[0];
    if (digits === undefined) return new GraphQLError('no key was sent', { extensions: { code: 'BAD_USER_INPUT' } });
    const number = BigInt(digits) >= longBase ? Number(BigInt(digits) - longBase) : Number(digits);
    if (hash(weather.seed, typename, number, 'lost') % 100 < weather.lostEntities)
      return number % 2 ? null : new GraphQLError('lost', { extensions: { code: 'CONFLICT' } });
    return this.#thing(service, typename, number, undefined, given);
  }

  /** The value of a field of an object, as the subgraph resolves it. Throws when the field fails. */
  value(
    source: Thing | undefined,
    { service, typename, field, args, needed }: SubscriptionRequest,
    scene: Scene,
  ): unknown {
    const parent = source ?? root(typename);
    const { weather } = scene;
    const type = this.schemas.get(service)!.getType(typename);
    if (!isObjectType(type)) throw new Error(`${typename} is no object of ${service}`);
    const returned = type.getFields()[field]!.type;
    const given = Object.fromEntries(Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1)));
    const isMutation = /Mutations?$/.test(typename) && !/Mutations?$/.test(getNamedType(returned).name);
    if (isMutation) scene.effects.push(`${typename}.${field}${text(given)}`);
    const isKey = this.#keys.get(typename)?.has(field) ?? false;
    const seed = hash(weather.seed, parent.identity, field, text(given), text(needed));
    // A key is what the entity is found by: it is there, or the entity is not.
    if (!isKey && hash(seed, 'fails') % 100 < weather.failures)
      throw new GraphQLError('failed', { extensions: { code: 'NOT_FOUND' } });
    return this.#make(service, returned, seed, isKey, parent, field, weather);
  }

  #thing(service: string, typename: string, number: number, parent?: Thing, given?: Record<string, unknown>): Thing {
    const schema = this.schemas.get(service)!;
    const type = schema.getType(typename);
    if (!isAbstractType(type)) return { __typename: typename, identity: `${number}`, number, parent, given };
    const here = schema.getPossibleTypes(type).map(({ name }) => name);
    const all = this.#possible.get(typename)!;
    let n = number;
    while (!here.includes(all[n % all.length]!)) n++;
    return { __typename: all[n % all.length]!, identity: `${n}`, number: n, parent, given };
  }

  #isEntity(typename: string): boolean {
    return this.#keys.has(typename) || (this.#possible.get(typename)?.some((type) => this.#keys.has(type)) ?? false);
  }

  #make(
    service: string,
    type: GraphQLOutputType,
    seed: number,
    isKey: boolean,
    parent: Thing,
    field: string,
    weather: Weather,
  ): unknown {
    const nullable = getNullableType(type);
    if (!isKey && !isNonNullType(type) && seed % 100 < weather.nulls) return null;
    if (isListType(nullable))
      return Array.from({ length: seed % 3 }, (_, i) =>
        this.#make(service, nullable.ofType, hash(seed, i), isKey, parent, field, weather),
      );
    if (isEnumType(nullable)) return nullable.getValues()[seed % nullable.getValues().length]!.name;
    if (isCompositeType(nullable)) {
      if (['Query', 'Mutation'].includes(nullable.name)) return { ...root(nullable.name), parent };
      if (isKey) return this.#thing(service, nullable.name, parent.number, parent);
      if (this.#isEntity(nullable.name)) return this.#thing(service, nullable.name, seed % entities, parent);
      const thing = this.#thing(service, nullable.name, seed % 1000, parent);
      return { ...thing, identity: `${parent.identity}.${field}.${seed % 1000}` };
    }
    return leaf(String(nullable), isKey ? parent.number : 1 + (seed % 97), field);
  }
}

function leaf(type: string, number: number, field: string): unknown {
  switch (type) {
    case 'Int':
      return number;
    case 'Float':
      return number / 2;
    case 'Boolean':
      return true;
    case 'ID':
      return `n${number}`;
    case 'Json':
      return { any: [number, 'text', null] };
    case 'Long':
      return longBase + BigInt(number);
    default:
      return `${field} "${number}"`;
  }
}

/** All objects of a root type are one. */
const root = (typename: string): Thing => ({ __typename: typename, identity: 'root', number: 0 });

/** A JSON value as text with its keys in order, without type names, and with every long number exact. */
export function text(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(text).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const entries = Object.entries(value).filter(([key]) => key !== '__typename');
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${key}:${text(inner)}`)
    .join()}}`;
}
