import type { Schema } from '@apollo/federation-internals';
import { appliedDirectives } from '../supergraph/appliedDirectives.ts';

export interface ListSize {
  assumedSize?: number;
  slicingArguments?: string[];
  /** Fields of the answered object, a connection, that the size is of. */
  sizedFields?: string[];
  /** Exactly one of the slicing arguments must be given; so it is unless told otherwise. */
  requireOneSlicingArgument?: boolean;
}

/** What the schema of a supergraph says of costs, by coordinate: `Type`, `Type.field`, `Type.field(argument:)`. */
export interface CostDirectives {
  weights: ReadonlyMap<string, number>;
  sizes: ReadonlyMap<string, ListSize>;
}

export function readCostDirectives(schema: Schema): CostDirectives {
  const weights = appliedDirectives(schema, 'cost', 'cost').map(
    ({ coordinate, arguments: given }) => [coordinate, Number(given['weight'])] as const,
  );
  const sizes = appliedDirectives(schema, 'cost', 'listSize').map(
    ({ coordinate, arguments: given }) => [coordinate, given as ListSize] as const,
  );
  return { weights: new Map(weights), sizes: new Map(sizes) };
}
