import { withRole } from '../../../shared/identity.ts';
import type { Resolvers } from '../schema.generated.ts';

/** Audit entries of other subgraphs that could not be stored, and what operators do with them. */
export const deadLetterResolvers = {
  Query: {
    authDeadLetters: async (_, asked, context) => {
      await context.caller();
      withRole(context.viewer, 'OPERATOR');
      return context.deadLetters.list(asked);
    },
    authDeadLetterCount: (_, __, { viewer, deadLetters }) => (withRole(viewer, 'OPERATOR'), deadLetters.count()),
  },
  Mutation: {
    replayAuthDeadLetter: async (_, { id }, context) =>
      context.deadLetters.replay(await context.operator('REPLAY_AUTH_DEAD_LETTER', id), id),
    discardAuthDeadLetter: async (_, { id, reason }, context) =>
      context.deadLetters.discard(await context.operator('DISCARD_AUTH_DEAD_LETTER', id), id, reason),
  },
} satisfies Resolvers;
