import { isOperator, withRole } from '../shared/identity.ts';
import type { Context } from './context.ts';
import type { Quest } from './definition.ts';
import { writeQuests } from './exportYaml.ts';
import { readQuests } from './importYaml.ts';
import { checkListing, isVisible, listingOf, pageOf } from './listing.ts';
import { refuseFaults } from './refusals.ts';
import type { Resolvers } from './schema.generated.ts';

const shown = (quest: Quest | null, { viewer }: Context) =>
  quest && isVisible(quest, isOperator(viewer)) ? quest : null;
const author = ({ viewer, now }: Context) => ({ by: withRole(viewer, 'OPERATOR').id, now });

export const resolvers: Resolvers = {
  Query: {
    quest: async (_, { id }, context) => shown(await context.questById.load(id), context),
    questByName: async (_, { name }, context) => shown(await context.questByName.load(name), context),
    async quests(_, asked, { viewer, store }) {
      if (asked.filter?.includeArchived) withRole(viewer, 'OPERATOR');
      refuseFaults(checkListing(asked));
      const listing = listingOf(asked, isOperator(viewer));
      return pageOf(await store.findListed(listing), listing.limit);
    },
    async exportQuests(_, __, { viewer, store }) {
      withRole(viewer, 'OPERATOR');
      return writeQuests(await store.findCurrent());
    },
    questCacheStats(_, __, { viewer, cacheStats }) {
      withRole(viewer, 'OPERATOR');
      return cacheStats();
    },
  },
  Mutation: {
    createQuest: (_, { input }, context) => context.store.createQuest(input, author(context)),
    updateQuest: (_, { id, input }, context) => context.store.changeQuest(id, input, author(context)),
    archiveQuest: (_, { id }, context) => context.store.archiveQuest(id, author(context)),
    importQuests(_, { yaml }, context) {
      const by = author(context);
      const file = readQuests(yaml);
      return context.store.saveQuests(file.drafts, file.refuse, by);
    },
  },
  // A reference comes from what a player did: it is answered even when the quest is no longer listed.
  Quest: { __resolveReference: ({ id }, { questById }) => questById.load(id) },
  Reward: { __resolveReference: ({ id }, { rewardById }) => rewardById.load(id) },
};
