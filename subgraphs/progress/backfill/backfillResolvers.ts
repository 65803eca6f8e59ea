import { withRole } from '../../../shared/identity.ts';
import type { Resolvers } from '../schema.generated.ts';

/** What publishing does with the past, for operators. */
export const backfillResolvers = {
  Query: {
    backfills: (_, asked, { viewer, backfills }) => (withRole(viewer, 'OPERATOR'), backfills.list(asked)),
  },
  Mutation: {
    pauseBackfill: async (_, { id }, { operator, backfills }) =>
      backfills.change(await operator('PAUSE_BACKFILL', id), id, 'PAUSE'),
    resumeBackfill: async (_, { id }, { operator, backfills }) =>
      backfills.change(await operator('RESUME_BACKFILL', id), id, 'RESUME'),
    stopBackfill: async (_, { id }, { operator, backfills }) =>
      backfills.change(await operator('STOP_BACKFILL', id), id, 'STOP'),
    previewBackfill: async (_, { questId, startsAt }, { operator, backfills }) =>
      backfills.preview(await operator('PREVIEW_BACKFILL', questId), questId, startsAt ?? null),
  },
  BackfillJob: {
    quest: ({ questId }) => ({ id: questId }),
    payout: ({ payout }) => Object.entries(payout).map(([item, quantity]) => ({ item, quantity })),
    eventsPerSecond: ({ events, workingMs }) => (workingMs === 0 ? 0 : Math.round((events / workingMs) * 1000)),
    firstPlayers: ({ firstPlayers }) => firstPlayers.map((id) => ({ id })),
  },
} satisfies Resolvers;
