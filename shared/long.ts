import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** The most that a Long holds: the largest whole number that JSON carries exactly everywhere, 2^53 - 1. */
export const longAtMost = Number.MAX_SAFE_INTEGER;

const whole = (value: unknown): number => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new GraphQLError(`A Long is a whole number from -${longAtMost} to ${longAtMost}.`);
};

/** A whole number up to 2^53 - 1 either way, as a JSON number; never rounded: what does not fit is refused. */
export const Long = new GraphQLScalarType<number, number>({
  name: 'Long',
  serialize: whole,
  parseValue: whole,
  parseLiteral: (literal) => whole(literal.kind === Kind.INT ? Number(literal.value) : undefined),
});
