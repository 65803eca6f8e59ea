import { isOperator, withRole } from '../../shared/identity.ts';
import { connectionOf, pageOf } from '../../shared/paging.ts';
import type { Context } from './context.ts';
import type { Quest } from './definition.rules.ts';
import { writeQuests } from './exportYaml.ts';
import { readQuests } from './importYaml.ts';
import { checkFilter, isVisible, listingOf, position, positionOf } from './listing.rules.ts';
import { refuseFaults } from './refusals.ts';
import type { Resolvers } from './schema.generated.ts';

const shown = (quest: Quest | null, { viewer }: Context) =>
  quest && isVisible(quest, isOperator(viewer)) ? quest : null;

export const resolvers: Resolvers = {
  Query: {
    quest: async (_, { id }, context) => shown(await context.questById.load(id), context),
    questByName: async (_, { name }, context) => shown(await context.questByName.load(name), context),
    async quests(_, { filter, ...asked }, { viewer, store }) {
      if (filter?.includeArchived) withRole(viewer, 'OPERATOR');
      const page = pageOf('quests', asked, position);
      refuseFaults(checkFilter(filter));
      const found = await store.findListed(listingOf(page, filter, isOperator(viewer)));
      return connectionOf(
        'quests',
        page,
        found.map((quest) => ({ ...quest, position: positionOf(quest) })),
      );
    },
    async exportQuests(_, __, { viewer, store }) {
      withRole(viewer, 'OPERATOR');
      return writeQuests(await store.findCurrent());
    },
    catalogHealth: (_, __, { viewer, findHealth }) => (withRole(viewer, 'OPERATOR'), findHealth()),
    questCacheStats(_, __, { viewer, cacheStats }) {
      withRole(viewer, 'OPERATOR');
      return cacheStats();
    },
  },
  Mutation: {
    createQuest: async (_, { input, reason }, { store, author }) =>
      store.createQuest(input, await author('CREATE_QUEST', input.name, reason)),
    updateQuest: async (_, { id, input, reason }, { store, author }) =>
      store.changeQuest(id, input, await author('UPDATE_QUEST', id, reason)),
    archiveQuest: async (_, { id, reason }, { store, author }) =>
      store.archiveQuest(id, await author('ARCHIVE_QUEST', id, reason)),
    async importQuests(_, { yaml, dryRun, reason }, { store, author }) {
      const by = await author('IMPORT_QUESTS', null, reason);
      const { drafts, refuse } = readQuests(yaml);
      return dryRun ? store.planImport(drafts, refuse, by.now) : store.importQuests(drafts, refuse, by);
    },
  },
  ImportedQuest: { id: ({ quest }) => quest?.id ?? null },
  // A reference comes from what a player did: it is answered even when the quest is no longer listed.
  Quest: { __resolveReference: ({ id }, { questById }) => questById.load(id) },
  Reward: { __resolveReference: ({ id }, { rewardById }) => rewardById.load(id) },
};
