import { GraphQLError, type GraphQLFieldResolver, type GraphQLSchema, execute, isAbstractType, parse } from 'graphql';
import { asAnswer } from '../../execution/answer/answer.ts';
import type { SendToSubgraph, SubgraphRequest } from '../../execution/execution.ts';
import type { Subgraphs } from './supergraphs/compose.ts';
import { type Scene, type Thing, type Weather, World, text } from './world.ts';

export interface FakeSubgraphs {
  send: SendToSubgraph;
  requests: SubgraphRequest[];
  /** The fields of mutation types that were executed, in order. */
  effects: string[];
}

/** Subgraphs in this process that answer any valid operation from the data of one world. */
export function fakeSubgraphs(subgraphs: Subgraphs, world = new World(subgraphs)): (weather: Weather) => FakeSubgraphs {
  const resolvers = new Map([...world.schemas].map(([name, schema]) => [name, resolverOf(world, name, schema)]));
  return (weather) => {
    const requests: SubgraphRequest[] = [];
    const scene: Scene = { weather, effects: [] };
    return {
      requests,
      effects: scene.effects,
      async send(request) {
        requests.push(request);
        if (weather.away.includes(request.service))
          return { data: null, errors: [{ message: 'away', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] };
        const { query, variables } = exact(request.body) as { query: string; variables: Record<string, unknown> };
        const result = await execute({
          schema: world.schemas.get(request.service)!,
          document: parse(query),
          variableValues: variables,
          contextValue: scene,
          fieldResolver: resolvers.get(request.service)!,
        });
        // An answer comes as text: nothing in it is shared.
        return asAnswer(exactText(result));
      },
    };
  };
}

function resolverOf(world: World, service: string, schema: GraphQLSchema): GraphQLFieldResolver<unknown, Scene> {
  const entitiesField = schema.getQueryType()?.getFields()['_entities'];
  if (entitiesField)
    entitiesField.resolve = (_, { representations }, scene: Scene) =>
      (representations as Record<string, unknown>[]).map((given) => world.entity(service, given, scene));
  for (const type of Object.values(schema.getTypeMap()))
    if (isAbstractType(type)) type.resolveType = (value: Thing) => value.__typename;
  return (source, args, scene, { fieldName: field, parentType: { name: typename } }) => {
    const thing = source as Thing | undefined;
    for (const { argument } of world.contextual(service, typename, field))
      if (args[argument] === undefined) throw new GraphQLError(`the context of ${argument} was not sent`);
    const names = (world.requires(service, typename, field)?.selections ?? []).map(
      (node) => (node as { name: { value: string } }).name.value,
    );
    const needed = names.map((name) => text(thing?.given?.[name]));
    return world.value(thing, { service, typename, field, args, needed }, scene);
  };
}

/** JSON with every integer that a double cannot hold as a BigInt. */
function exact(body: string): unknown {
  return JSON.parse(body, (_, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? BigInt(context!.source!)
      : value,
  );
}

/** The JSON text of what graphql-js answers, where a 64-bit number is a BigInt. */
export const exactText = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? rawJson(String(each)) : each));

const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };
