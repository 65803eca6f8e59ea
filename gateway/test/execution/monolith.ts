import {
  type DocumentNode,
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  Kind,
  type SelectionSetNode,
  execute,
  valueFromASTUntyped,
} from 'graphql';
import { exactText } from './fakeSubgraphs.ts';
import { type Scene, type Thing, type Weather, type World, text } from './world.ts';

export interface MonolithAnswer {
  /** The JSON text of the data. */
  data: string;
  /** Where errors are. */
  places: string[];
  effects: string[];
}

/**
 * The oracle that is right by construction: graphql-js resolves the operation over the schema that clients see, in one process and from the
 * same data, without subgraphs, a plan, or representations.
 */
export function monolithOf(
  world: World,
  schema: GraphQLSchema,
): (document: DocumentNode, variables: Record<string, unknown>, weather: Weather) => Promise<MonolithAnswer> {
  const resolve: GraphQLFieldResolver<unknown, Scene> = (source, args, scene, { fieldName, parentType }) =>
    valueOf(world, source as Thing | undefined, parentType.name, fieldName, args, scene);
  return async (document, variables, weather) => {
    const scene: Scene = { weather, effects: [] };
    const { data, errors } = await execute({
      schema,
      document,
      variableValues: variables,
      contextValue: scene,
      fieldResolver: resolve,
      typeResolver: (value) => (value as Thing).__typename,
    });
    const places = (errors ?? []).map(({ path }) => (path ?? []).join('.'));
    return { data: exactText(data ?? null), places: places.sort(), effects: scene.effects };
  };
}

function valueOf(
  world: World,
  source: Thing | undefined,
  parentType: string,
  field: string,
  args: Record<string, unknown>,
  scene: Scene,
): unknown {
  const { service, typename } = world.ownerOf(parentType, field);
  const required = world.requires(service, typename, field);
  const needed = (required?.selections ?? []).map((node) =>
    text(
      select(world, source!, { kind: Kind.SELECTION_SET, selections: [node] }, scene)[(node as FieldNode).name.value],
    ),
  );
  const contextual = world.contextual(service, typename, field).map(({ argument, context, selection }) => {
    let around = source;
    while (around && !world.setsContext(service, around.__typename, context)) around = around.parent;
    return [argument, around && onlyLeaf(select(world, around, selection, scene))] as const;
  });
  const all = { ...args, ...Object.fromEntries(contextual) };
  return concrete(world, world.value(source, { service, typename, field, args: all, needed }, scene));
}

const concrete = (world: World, value: unknown): unknown =>
  Array.isArray(value)
    ? value.map((element) => concrete(world, element))
    : typeof value === 'object' && value !== null && '__typename' in value
      ? world.concrete(value as Thing)
      : value;

/** What a field set selects of an object. */
function select(world: World, thing: Thing, { selections }: SelectionSetNode, scene: Scene): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const node of selections)
    if (node.kind === Kind.FIELD) {
      const given = node.arguments?.map(({ name, value }) => [name.value, valueFromASTUntyped(value)] as const) ?? [];
      const value = valueOf(world, thing, thing.__typename, node.name.value, Object.fromEntries(given), scene);
      const inside = (each: unknown): unknown =>
        Array.isArray(each)
          ? each.map(inside)
          : node.selectionSet && each
            ? select(world, each as Thing, node.selectionSet, scene)
            : each;
      result[node.name.value] = inside(value);
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      const condition = node.typeCondition?.name.value ?? thing.__typename;
      if (world.isOfType(thing.__typename, condition))
        Object.assign(result, select(world, thing, node.selectionSet, scene));
    }
  return result;
}

/** A context is one leaf, perhaps inside objects; null on the way to it is null. */
function onlyLeaf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const [inner] = Object.values(value);
  return onlyLeaf(inner);
}
