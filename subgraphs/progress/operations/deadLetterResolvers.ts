import { withRole } from '../../../shared/identity.ts';
import type { Resolvers } from '../schema.generated.ts';

/** Events that could not be applied, and what operators do with them. */
export const deadLetterResolvers = {
  Query: {
    deadLetters: (_, asked, { viewer, deadLetters }) => (withRole(viewer, 'OPERATOR'), deadLetters.list(asked)),
    deadLetterCount: (_, __, { viewer, deadLetters }) => (withRole(viewer, 'OPERATOR'), deadLetters.count()),
  },
  Mutation: {
    replayDeadLetter: async (_, { id }, { operator, deadLetters }) =>
      deadLetters.replay(await operator('REPLAY_DEAD_LETTER', id), id),
    discardDeadLetter: async (_, { id, reason }, { operator, deadLetters }) =>
      deadLetters.discard(await operator('DISCARD_DEAD_LETTER', id), id, reason),
  },
} satisfies Resolvers;
