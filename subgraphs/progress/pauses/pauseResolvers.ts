import { withRole } from '../../../shared/identity.ts';
import type { Resolvers } from '../schema.generated.ts';

/** Pauses and compensations, for operators. */
export const pauseResolvers = {
  Query: {
    pauses: (_, { userId, ...asked }, { viewer, pauses }) => (
      withRole(viewer, 'OPERATOR'),
      pauses.list(userId ?? null, asked)
    ),
    compensations: (_, asked, { viewer, compensations }) => (withRole(viewer, 'OPERATOR'), compensations.list(asked)),
  },
  Mutation: {
    pauseQuest: async (_, { questId, userId = null, from = null, to = null, reason }, { operator, pauses }) =>
      pauses.pause(await operator('PAUSE_QUEST', userId ?? questId), { questId, userId, from, to, reason }),
    pauseQuests: async (_, { userId = null, from = null, to = null, reason }, { operator, pauses }) =>
      pauses.pause(await operator('PAUSE_QUESTS', userId), { questId: null, userId, from, to, reason }),
    endPause: async (_, { id }, { operator, pauses }) => pauses.end(await operator('END_PAUSE', id), id),
    compensate: async (_, { dryRun, ...wanted }, { operator, compensations }) => {
      const isDryRun = dryRun ?? true;
      const by = await operator(isDryRun ? 'PREVIEW_COMPENSATION' : 'COMPENSATE', null);
      return compensations.start(by, { ...wanted, isDryRun });
    },
  },
  Pause: {
    quest: ({ questId }) => (questId === null ? null : { id: questId }),
    user: ({ userId }) => (userId === null ? null : { id: userId }),
    pausedBy: ({ operatorId }) => ({ id: operatorId }),
    endedBy: ({ endedBy }) => (endedBy === null ? null : { id: endedBy }),
  },
  Compensation: {
    quests: ({ quests }) => Object.entries(quests).map(([questId, streaks]) => ({ questId, streaks })),
    firstPlayers: ({ firstPlayers }) => firstPlayers.map((id) => ({ id })),
    compensatedBy: ({ operatorId }) => ({ id: operatorId }),
  },
} satisfies Resolvers;
