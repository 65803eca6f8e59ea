import type { GraphQLSchema } from 'graphql';
import { Refusal } from '../errors.ts';

/** Entities that one request to a subgraph may ask for. The gateway splits what is more. */
export const entitiesAtMost = 500;

/** Makes `_entities` refuse what is more than that in one request, all its aliases counted. */
export function limitEntities(schema: GraphQLSchema): void {
  const field = schema.getQueryType()?.getFields()['_entities'];
  if (!field?.resolve) return;
  const { resolve } = field;
  /** By the variables, which are an object of one execution; the operation may be that of many. */
  const asked = new WeakMap<object, number>();
  field.resolve = (source, args: { representations: readonly unknown[] }, context: object, info) => {
    const count = (asked.get(info.variableValues) ?? 0) + args.representations.length;
    asked.set(info.variableValues, count);
    if (count > entitiesAtMost)
      throw new Refusal('BAD_REQUEST', `One request may ask for at most ${entitiesAtMost} entities.`);
    return resolve(source, args, context, info) as unknown;
  };
}
