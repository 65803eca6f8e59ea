import { Refusal } from '../shared/errors.ts';
import { withRole } from '../shared/identity.ts';
import { connectionOf, pageOf } from '../shared/paging.ts';
import { acceptedReason } from '../shared/reason.ts';
import { noteOf } from './letterDeeds.ts';
import type { Resolvers } from './schema.generated.ts';

/** Events that could not be applied, and what operators do with them. */
export const deadLetterResolvers = {
  Query: {
    deadLetters: async (_, args, context) => {
      withRole(context.viewer, 'OPERATOR');
      const page = pageOf('dead-letters', args);
      return connectionOf('dead-letters', page, await context.findDeadLetters(page));
    },
  },
  Mutation: {
    replayDeadLetter: async (_, { id }, context) => {
      const by = await context.operator('REPLAY_DEAD_LETTER', id);
      return context.deadLetters.replay(numberOf(id), noteOf(by, 'REPLAY_DEAD_LETTER', null));
    },
    discardDeadLetter: async (_, { id, reason }, context) => {
      const by = await context.operator('DISCARD_DEAD_LETTER', id);
      await context.deadLetters.discard(numberOf(id), noteOf(by, 'DISCARD_DEAD_LETTER', acceptedReason(reason)));
      return true;
    },
  },
  DeadLetter: { preview: ({ sealed }) => sealed.slice(0, 1000) },
} satisfies Resolvers;

/** An id that no row can have is like one that no row has. */
function numberOf(id: string): string {
  if (!/^\d{1,18}$/.test(id)) throw new Refusal('NOT_FOUND', 'There is no such dead letter.');
  return id;
}
