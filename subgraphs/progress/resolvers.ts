import { Refusal } from '../shared/errors.ts';
import { selfOrOperator, signedIn, withRole } from '../shared/identity.ts';
import { connectionOf, cursorOf, pageOf } from '../shared/paging.ts';
import { statusOf } from './claim.ts';
import { toEnvelopes } from './recording.ts';
import { markSeen } from './markSeen.ts';
import { questCompleted } from './questCompleted.ts';
import { isUuid } from './record.ts';
import type { Resolvers } from './schema.generated.ts';

const quest = (parent: { questId: string }) => ({ id: parent.questId });
const user = (parent: { userId: string }) => ({ id: parent.userId });
const owned = (balances: { item: string; quantity: number }[], item: string) =>
  balances.find((one) => one.item === item)?.quantity ?? 0;

export const resolvers: Resolvers = {
  Query: {
    questStats: (_, { top }, context) => {
      withRole(context.viewer, 'OPERATOR');
      return context.findQuestStats(pageOf('stats', { first: top }).limit);
    },
    activity: (_, { days }, context) => {
      withRole(context.viewer, 'OPERATOR');
      if (!days || days < 1 || days > 100) throw new Refusal('BAD_USER_INPUT', 'days takes a number from 1 to 100.');
      return context.findActivity(days);
    },
    explain: async (_, { userId, questId }, context) => {
      withRole(context.viewer, 'OPERATOR');
      if (!isUuid(userId) || !isUuid(questId)) return null;
      const progress = await context.findProgress(userId, questId);
      return progress ? { progress, ...progress, text: explained(progress) } : null;
    },
    deadLetters: async (_, args, context) => {
      withRole(context.viewer, 'OPERATOR');
      const page = pageOf('dead-letters', args);
      return connectionOf('dead-letters', page, await context.findDeadLetters(page));
    },
  },
  Mutation: {
    claimReward: (_, { completionId }, context) => {
      const { id } = signedIn(context.viewer);
      if (!isUuid(completionId)) throw new Refusal('NOT_FOUND', 'You have no such completion.');
      return context.claimOne(id, completionId);
    },
    claimAllRewards: (_, __, context) => context.claimAll(signedIn(context.viewer).id),
    markSeen,
    recordEvents: async (_, { events }, context) => {
      const source = `service:${withRole(context.viewer, 'SERVICE').id}`;
      return context.record(source, toEnvelopes(source, events, Date.now()));
    },
    replayDeadLetter: (_, { id }, context) => {
      withRole(context.viewer, 'OPERATOR');
      return context.deadLetters.replay(numberOf(id));
    },
    discardDeadLetter: async (_, { id, reason }, context) => {
      const operator = withRole(context.viewer, 'OPERATOR');
      if (!/^[^\p{Cc}]{1,200}$/u.test(reason.trim()))
        throw new Refusal('BAD_USER_INPUT', 'reason takes 1 to 200 characters, all on one line.');
      await context.deadLetters.discard(numberOf(id), operator.id, reason.trim());
      return true;
    },
  },
  Subscription: { questCompleted },
  QuestCompleted: {
    cursor: ({ userId, position }) => cursorOf(`popups-${userId}`, position),
    completion: (completion) => completion,
    quest,
    user,
  },
  User: {
    __resolveReference: ({ id }) => ({ id }),
    quests: ({ id }, _, context) => context.progressOf.load(selfOrOperator(context.viewer, id) && id),
    wallet: ({ id }, _, context) => context.walletOf.load(selfOrOperator(context.viewer, id) && id),
    completions: async ({ id }, args, context) => {
      selfOrOperator(context.viewer, id);
      const page = pageOf('completions', args);
      return context.findCompletions(id, page);
    },
    unseen: async ({ id }, args, context) => {
      selfOrOperator(context.viewer, id);
      return context.findUnseen(id, pageOf('unseen', args));
    },
    events: async ({ id }, args, context) => {
      selfOrOperator(context.viewer, id);
      const page = pageOf('events', args);
      return connectionOf('events', page, await context.findEvents(id, page));
    },
    questCursor: async ({ id }, _, context) => {
      selfOrOperator(context.viewer, id);
      return cursorOf(`popups-${id}`, await context.popupSeqOf.load(id));
    },
  },
  Wallet: {
    gold: ({ balances }) => owned(balances, 'GOLD'),
    diamonds: ({ balances }) => owned(balances, 'DIAMOND'),
    ledger: async ({ userId }, args, context) => {
      const page = pageOf('ledger', args);
      return connectionOf('ledger', page, await context.findLedger(userId, page));
    },
  },
  LedgerEntry: {
    id: ({ position }) => position,
    completion: async ({ completionId }, _, context) => (await context.completionById.load(completionId)) ?? null,
  },
  CompletionConnection: { totalCount: ({ count }) => count() },
  QuestProgress: { quest, resetsAt: () => null },
  Completion: {
    __resolveReference: async ({ id }, context) => {
      const completion = isUuid(id) ? await context.completionById.load(id) : undefined;
      if (completion) selfOrOperator(context.viewer, completion.userId);
      return completion ?? null;
    },
    quest,
    user,
    status: ({ paidAt }) => statusOf(paidAt),
    claimedAt: ({ paidAt }) => paidAt,
  },
  Event: { user },
  DeadLetter: { preview: ({ sealed }) => sealed.slice(0, 1000) },
  QuestStat: { quest },
};

/** An id that no row can have is like one that no row has. */
function numberOf(id: string): string {
  if (!/^\d{1,18}$/.test(id)) throw new Refusal('NOT_FOUND', 'There is no such dead letter.');
  return id;
}

function explained({
  counted,
  due,
  completions,
  remaining,
}: {
  counted: number;
  due: number;
  completions: number;
  remaining: number;
}): string {
  const worth = `${counted} counted events are worth ${due} completions; the player has ${completions}`;
  return remaining === 0
    ? `${worth} and cannot complete the quest again.`
    : `${worth} and needs ${remaining} more events for the next.`;
}
