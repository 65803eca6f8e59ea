import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  type GraphQLFieldResolver,
  GraphQLError,
  type GraphQLOutputType,
  type GraphQLSchema,
  execute,
  getNullableType,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  visit,
} from 'graphql';
import type { SendToSubgraph, SubgraphAnswer, SubgraphRequest } from '../../execution/execution.ts';
import { type Subgraphs, typeDefsOf } from './supergraphs.ts';

/** How often, in percent, a nullable field is null, a field fails, an entity fails; and the subgraphs that are away. */
export interface Weather {
  seed: number;
  nulls: number;
  failures: number;
  lostEntities: number;
  away: readonly string[];
}

export const fairWeather: Weather = { seed: 1, nulls: 0, failures: 0, lostEntities: 0, away: [] };

/** An object of the fake world. Entities are numbered, and what a field says of one depends on its number only, in every subgraph. */
interface Thing {
  __typename: string;
  identity: string;
  number: number;
  /** What the gateway sent of it. */
  given?: Record<string, unknown>;
}

const entities = 4;

function hash(...parts: unknown[]): number {
  let value = 2166136261;
  for (const char of JSON.stringify(parts)) value = Math.imul(value ^ char.charCodeAt(0), 16777619);
  value ^= value >>> 15;
  return Math.imul(value, 2246822507) >>> 0;
}

export interface FakeSubgraphs {
  send: SendToSubgraph;
  requests: SubgraphRequest[];
}

/** Subgraphs in this process that answer any valid query with values made from the types, always the same for one seed. */
export function fakeSubgraphs(subgraphs: Subgraphs): (weather: Weather) => FakeSubgraphs {
  const typesOf = possibleTypes(subgraphs);
  const schemas = new Map(Object.entries(subgraphs).map(([name, sdl]) => [name, fakeSchema(sdl, typesOf)]));
  return (weather) => {
    const requests: SubgraphRequest[] = [];
    return {
      requests,
      async send(request) {
        requests.push(request);
        if (weather.away.includes(request.service))
          return { data: null, errors: [{ message: 'away', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] };
        const { query, variables } = JSON.parse(request.body) as { query: string; variables: Record<string, unknown> };
        const schema = schemas.get(request.service)!;
        const result = await execute({
          schema,
          document: parse(query),
          variableValues: variables,
          contextValue: weather,
          fieldResolver: schema.resolve,
        });
        // What a subgraph answers comes as text: nothing in it is shared.
        return JSON.parse(JSON.stringify(result)) as SubgraphAnswer;
      },
    };
  };
}

/** The concrete types of every abstract one, over all subgraphs, so that an entity has the same type everywhere. */
function possibleTypes(subgraphs: Subgraphs): ReadonlyMap<string, string[]> {
  const types = new Map<string, Set<string>>();
  const add = (abstract: string, concrete: string) =>
    types.set(abstract, (types.get(abstract) ?? new Set()).add(concrete));
  for (const sdl of Object.values(subgraphs))
    visit(typeDefsOf(sdl), {
      UnionTypeDefinition: (node) => node.types?.forEach(({ name }) => add(node.name.value, name.value)),
      ObjectTypeDefinition: (node) => node.interfaces?.forEach(({ name }) => add(name.value, node.name.value)),
    });
  return new Map([...types].map(([abstract, concrete]) => [abstract, [...concrete].sort()]));
}

type FakeSchema = GraphQLSchema & { resolve: GraphQLFieldResolver<unknown, Weather> };

function fakeSchema(sdl: string, typesOf: ReadonlyMap<string, string[]>): FakeSchema {
  const typeDefs = typeDefsOf(sdl);
  const schema = buildSubgraphSchema({ typeDefs }) as FakeSchema;
  const { keys, requires } = directives(typeDefs);

  const thingOf = (typename: string, number: number, given?: Record<string, unknown>): Thing => {
    const type = schema.getType(typename);
    if (!isAbstractType(type)) return { __typename: typename, identity: `${number}`, number, ...(given && { given }) };
    const here = schema.getPossibleTypes(type).map(({ name }) => name);
    const all = typesOf.get(typename)!;
    let n = number;
    while (!here.includes(all[n % all.length]!)) n++;
    return { __typename: all[n % all.length]!, identity: `${n}`, number: n, ...(given && { given }) };
  };
  const isEntity = (typename: string): boolean =>
    keys.has(typename) || (typesOf.get(typename)?.some((type) => keys.has(type)) ?? false);

  const make = (
    type: GraphQLOutputType,
    seed: number,
    key: boolean,
    parent: Thing,
    field: string,
    weather: Weather,
  ): unknown => {
    const nullable = getNullableType(type);
    if (!key && !isNonNullType(type) && seed % 100 < weather.nulls) return null;
    if (isListType(nullable))
      return Array.from({ length: seed % 3 }, (_, i) =>
        make(nullable.ofType, hash(seed, i), key, parent, field, weather),
      );
    if (isEnumType(nullable)) return nullable.getValues()[seed % nullable.getValues().length]!.name;
    if (isObjectType(nullable) || isAbstractType(nullable)) {
      if (key) return thingOf(nullable.name, parent.number);
      if (isEntity(nullable.name)) return thingOf(nullable.name, seed % entities);
      const thing = thingOf(nullable.name, seed % 1000);
      return { ...thing, identity: `${parent.identity}.${field}.${seed % 1000}` };
    }
    const number = key ? parent.number : 1 + (seed % 97);
    switch (String(nullable)) {
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
      default:
        return `${field} "${number}"`;
    }
  };

  schema.resolve = (source, args, weather, info) => {
    const parent = (source as Thing | undefined) ?? { __typename: 'Query', identity: 'root', number: 0 };
    const { fieldName, returnType } = info;
    const isKey = keys.get(info.parentType.name)?.has(fieldName) ?? false;
    const needed = (requires.get(`${info.parentType.name}.${fieldName}`) ?? []).map((name) => parent.given?.[name]);
    const seed = hash(weather.seed, parent.identity, fieldName, args, needed);
    // A key is what the entity is found by: it is there, or the entity is not.
    if (!isKey && hash(seed, 'fails') % 100 < weather.failures)
      throw new GraphQLError('failed', { extensions: { code: 'NOT_FOUND' } });
    return make(returnType, seed, isKey, parent, fieldName, weather);
  };

  const entitiesField = schema.getQueryType()!.getFields()['_entities'];
  if (entitiesField)
    entitiesField.resolve = (_, { representations }, weather: Weather) =>
      (representations as Record<string, unknown>[]).map((representation) => {
        const typename = representation['__typename'] as string;
        const names = [...(keys.get(typename) ?? [])].filter((name) => representation[name] !== undefined);
        const number = Number(/\d+/.exec(JSON.stringify(names.map((name) => representation[name])))?.[0]);
        if (Number.isNaN(number))
          return new GraphQLError('no key was sent', { extensions: { code: 'BAD_USER_INPUT' } });
        if (hash(weather.seed, typename, number, 'lost') % 100 < weather.lostEntities)
          return number % 2 ? null : new GraphQLError('lost', { extensions: { code: 'CONFLICT' } });
        return thingOf(typename, number, representation);
      });
  for (const type of Object.values(schema.getTypeMap()))
    if (isAbstractType(type)) type.resolveType = (value: Thing) => value.__typename;
  return schema;
}

/** The top-level names in each type's keys, and in what each field requires. */
function directives(typeDefs: ReturnType<typeof typeDefsOf>) {
  const keys = new Map<string, Set<string>>();
  const requires = new Map<string, string[]>();
  const topLevel = (text: string): string[] => {
    const { definitions } = parse(`{${text}}`);
    const [operation] = definitions as unknown as [{ selectionSet: { selections: { name: { value: string } }[] } }];
    return operation.selectionSet.selections.map(({ name }) => name.value);
  };
  const ofType = (node: { name: { value: string }; directives?: readonly unknown[]; fields?: readonly unknown[] }) => {
    for (const directive of (node.directives ?? []) as {
      name: { value: string };
      arguments: { value: { value: string } }[];
    }[])
      if (directive.name.value === 'key')
        for (const name of topLevel(directive.arguments[0]!.value.value))
          keys.set(node.name.value, (keys.get(node.name.value) ?? new Set()).add(name));
    for (const field of (node.fields ?? []) as {
      name: { value: string };
      directives: { name: { value: string }; arguments: { value: { value: string } }[] }[];
    }[])
      for (const directive of field.directives)
        if (directive.name.value === 'requires')
          requires.set(`${node.name.value}.${field.name.value}`, topLevel(directive.arguments[0]!.value.value));
  };
  visit(typeDefs, { ObjectTypeDefinition: ofType, InterfaceTypeDefinition: ofType, ObjectTypeExtension: ofType });
  return { keys, requires };
}
