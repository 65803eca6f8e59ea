import { Refusal } from '../../../shared/errors.ts';
import { connectionOf, pageOf } from '../../../shared/subgraph/paging.ts';
import { acceptedReason } from '../../../shared/subgraph/reason.ts';
import { isUuid } from '../../../shared/uuid.rules.ts';
import { grantFaults } from './grant.rules.ts';
import { unknownPlayer } from './grantStore.ts';
import type { Resolvers } from '../schema.generated.ts';

const owned = (balances: { item: string; quantity: number }[], item: string) =>
  balances.find((one) => one.item === item)?.quantity ?? 0;

/** What players own, where it came from, and what operators give them. */
export const ledgerResolvers = {
  Mutation: {
    grantReward: async (_, { userId, rewards, reason, idempotencyKey }, context) => {
      const by = await context.operator('GRANT_REWARD', userId);
      const faults = grantFaults(rewards, idempotencyKey);
      if (faults.length > 0) throw new Refusal('BAD_USER_INPUT', faults.join(' '), { faults });
      const why = acceptedReason(reason);
      if (!isUuid(userId)) throw unknownPlayer();
      return context.grant({ ...by, userId: userId.toLowerCase(), rewards, reason: why, idempotencyKey });
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
    completion: async ({ userId, completionId: id }, _, context) =>
      id === null ? null : ((await context.completionOf.load({ userId, id })) ?? null),
    grant: async ({ userId, grantId: id }, _, context) =>
      id === null ? null : ((await context.grantOf.load({ userId, id })) ?? null),
  },
  Grant: { user: ({ userId }) => ({ id: userId }) },
} satisfies Resolvers;
