import { Refusal } from '../../shared/errors.ts';
import { isOperator, selfOrOperator, signedIn, withRole } from '../../shared/identity.ts';
import { connectionOf, cursorOf, pageOf } from '../../shared/subgraph/paging.ts';
import { isUuid } from '../../shared/uuid.rules.ts';
import { allEvents } from './events/allEvents.ts';
import { backfillResolvers } from './backfill/backfillResolvers.ts';
import { statusOf } from './completions/claim.rules.ts';
import { rewardsOf } from './completions/rewards.rules.ts';
import { eventRecorded } from './events/eventRecorded.ts';
import { eventPosition } from './events/eventStore.ts';
import { isCounted } from './explaining/explain.rules.ts';
import { deadLetterResolvers } from './operations/deadLetterResolvers.ts';
import { ledgerResolvers } from './wallet/ledgerResolvers.ts';
import { toEnvelopes } from './events/recording.ts';
import { pauseResolvers } from './pauses/pauseResolvers.ts';
import { markSeen } from './popups/markSeen.ts';
import { questCompleted } from './popups/questCompleted.ts';
import type { Resolvers } from './schema.generated.ts';
import { webhookResolvers } from './webhooks/webhookResolvers.ts';
import type { ProgressOn } from './enrolments/standings.ts';

const quest = (parent: { questId: string }) => ({ id: parent.questId });
const intAtMost = 2 ** 31 - 1;
const instantOf = (milliseconds: number | null) => (milliseconds === null ? null : new Date(milliseconds));
const user = (parent: { userId: string }) => ({ id: parent.userId });

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
      return progress ? context.explain(progress) : null;
    },
    allEvents,
    progressHealth: (_, __, { viewer, findHealth }) => (withRole(viewer, 'OPERATOR'), findHealth()),
    popupStreams: (_, __, { viewer, popups }) => (withRole(viewer, 'OPERATOR'), popups.open()),
    ...deadLetterResolvers.Query,
    ...backfillResolvers.Query,
    ...pauseResolvers.Query,
    ...webhookResolvers.Query,
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
      return context.record(toEnvelopes(source, events, context.clock().getTime()));
    },
    ...deadLetterResolvers.Mutation,
    ...backfillResolvers.Mutation,
    ...pauseResolvers.Mutation,
    ...webhookResolvers.Mutation,
    ...ledgerResolvers.Mutation,
  },
  Subscription: { questCompleted, eventRecorded },
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
      const page = pageOf('events', args, eventPosition);
      return connectionOf('events', page, await context.findEvents(id, page));
    },
    claimableCount: ({ id }, _, context) => context.claimableOf.load(selfOrOperator(context.viewer, id) && id),
    questCursor: async ({ id }, _, context) => {
      selfOrOperator(context.viewer, id);
      return cursorOf(`popups-${id}`, await context.popupSeqOf.load(id));
    },
    exportedProgress: async ({ id }, asked, context) => {
      selfOrOperator(context.viewer, id);
      return context.findRecords(id, asked);
    },
  },
  BackfillJob: backfillResolvers.BackfillJob,
  Pause: pauseResolvers.Pause,
  Compensation: pauseResolvers.Compensation,
  CompensatedQuest: { quest },
  Webhook: webhookResolvers.Webhook,
  WebhookDelivery: webhookResolvers.WebhookDelivery,
  Wallet: ledgerResolvers.Wallet,
  LedgerEntry: ledgerResolvers.LedgerEntry,
  Grant: ledgerResolvers.Grant,
  CompletionConnection: { totalCount: ({ count }) => count() },
  Explanation: {
    counted: ({ progress }) => progress.counted,
    due: ({ progress }) => progress.due,
    text: ({ progress }) => explained(progress),
  },
  ExplainedEvent: {
    counted: ({ reason }) => isCounted(reason),
    code: ({ reason }) => reason?.code ?? null,
    reason: ({ reason }) => reason?.sentence ?? null,
  },
  QuestProgress: {
    explanation: (progress, _, { viewer, explain }) =>
      progress.situation.version.terms.hidden && !viewer?.roles.includes('OPERATOR') ? null : explain(progress),
    quest,
    streak: ({ streak }) => Math.min(intAtMost, streak),
    remaining: ({ remaining }) => Math.min(intAtMost, remaining),
    lockedBy: ({ lockedBy, shownLocks }, _, { viewer }) =>
      (isOperator(viewer) ? lockedBy : shownLocks).map((id) => ({ id })),
    resetsAt: ({ resetsAt }) => instantOf(resetsAt),
    startedAt: ({ startedAt }) => new Date(startedAt),
    endsAt: ({ endsAt }) => instantOf(endsAt),
    nextResetAt: ({ nextResetAt }) => instantOf(nextResetAt),
    periods: ({ periods }, { last }) => {
      if (!last || last < 1 || last > 31) throw new Refusal('BAD_USER_INPUT', 'last takes a number from 1 to 31.');
      return periods(last);
    },
  },
  PeriodMark: {
    startsAt: ({ startsAt }) => new Date(startsAt),
    endsAt: ({ endsAt }) => new Date(endsAt),
  },
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
    rewards: async ({ questId, questVersion: version, step }, _, context) =>
      rewardsOf((await context.versionOf.load({ questId, version }))!, step).map(({ item, quantity }) => ({
        item,
        quantity,
      })),
  },
  Event: { user },
  EventConnection: { historyBeginsAt: (_, __, context) => context.findHistoryBegin() },
  QuestStat: { quest },
};

function explained({ state, period, counted, due, completions, remaining }: ProgressOn): string {
  const things = `${period.toLowerCase()}s`;
  const worth = `${counted} counted ${things} are worth ${due} completions; the player has ${completions}`;
  const next =
    remaining === 0 ? 'and cannot complete the quest again.' : `and needs ${remaining} more ${things} for the next.`;
  return `${worth} ${next}${state === 'PAUSED' ? ' The quest pauses: no streak is lost for now.' : ''}`;
}
