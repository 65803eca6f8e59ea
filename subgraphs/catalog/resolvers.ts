import type DataLoader from 'dataloader';
import { isOperator, withRole } from '../../shared/identity.ts';
import { connectionOf, pageOf } from '../../shared/subgraph/paging.ts';
import type { Context } from './context.ts';
import type { Quest } from './definition/definition.rules.ts';
import { writeQuests } from './yaml/exportYaml.ts';
import { readQuests } from './yaml/importYaml.ts';
import { objectivesOf, simpleFormOf } from './definition/form.rules.ts';
import { publicationOf } from './definition/publication.rules.ts';
import { checkFilter, isVisible, listingOf, position, positionOf } from './listing.rules.ts';
import { refuseFaults } from './refusals.ts';
import type { Resolvers } from './schema.generated.ts';

const found = async (lookup: DataLoader<string, Quest | null>, key: string, context: Context) => {
  context.admitReader();
  return shown(await lookup.load(key), context);
};
const shown = (quest: Quest | null, { viewer }: Context) =>
  quest && isVisible(quest, isOperator(viewer)) ? quest : null;

export const resolvers: Resolvers = {
  Query: {
    quest: (_, { id }, context) => found(context.questById, id, context),
    questByName: (_, { name }, context) => found(context.questByName, name, context),
    async quests(_, { filter, ...asked }, { viewer, store, admitReader }) {
      admitReader();
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
    async exportQuests(_, { after }, { viewer, store }) {
      withRole(viewer, 'OPERATOR');
      return writeQuests(await store.findCurrent(after ?? ''));
    },
    catalogHealth: (_, __, { viewer, findHealth }) => (withRole(viewer, 'OPERATOR'), findHealth()),
    questCacheStats(_, __, { viewer, cacheStats }) {
      withRole(viewer, 'OPERATOR');
      return cacheStats();
    },
  },
  Mutation: {
    createQuest: async (_, { input, reason, ...asked }, { store, author }) =>
      store.createQuest(input, publicationOf(asked), await author('CREATE_QUEST', input.name, reason)),
    async updateQuest(_, { id, input, expectedVersion, reason, ...asked }, { store, author }) {
      const by = await author('UPDATE_QUEST', id, reason);
      return store.changeQuest(id, input, publicationOf(asked), expectedVersion ?? null, by);
    },
    archiveQuest: async (_, { id, inFlight, reason }, { store, author }) =>
      store.archiveQuest(id, inFlight, await author('ARCHIVE_QUEST', id, reason)),
    restoreQuest: async (_, { id, reason }, { store, author }) =>
      store.restoreQuest(id, await author('RESTORE_QUEST', id, reason)),
    async importQuests(_, { yaml, dryRun, reason, ...asked }, { store, author }) {
      const by = await author('IMPORT_QUESTS', null, reason);
      const { drafts, refuse } = readQuests(yaml);
      const publication = publicationOf(asked);
      return dryRun
        ? store.planImport(drafts, refuse, publication, by.now)
        : store.importQuests(drafts, refuse, publication, by);
    },
  },
  ImportedQuest: { id: ({ quest }) => quest?.id ?? null },
  // A reference comes from what a player did: it is answered even when the quest is no longer listed.
  Quest: {
    __resolveReference: ({ id }, { questById }) => questById.load(id),
    form: ({ objectives }) => (objectives === null ? 'SIMPLE' : 'OBJECTIVES'),
    trigger: (quest) => simpleFormOf(quest).trigger,
    streak: (quest) => simpleFormOf(quest).streak,
    period: (quest) => simpleFormOf(quest).period,
    graceHours: (quest) => simpleFormOf(quest).graceHours,
    freezes: (quest) => simpleFormOf(quest).freezes,
    objectives: (quest) => [...objectivesOf(quest)],
    rewards: ({ rewards, steps }) => steps.at(-1)?.rewards ?? rewards,
    async requires({ requires }, _, context) {
      const found = await Promise.all(requires.map((name) => context.questByName.load(name)));
      return found.filter((quest) => shown(quest, context) !== null) as Quest[];
    },
  },
  Reward: { __resolveReference: ({ id }, { rewardById }) => rewardById.load(id) },
};
